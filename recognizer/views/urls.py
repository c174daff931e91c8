"""URL patterns of the pages."""

from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

from recognizer.views import front_page, how_it_works, offline_page
from recognizer.views.account import settings_page
from recognizer.views.challenge import challenge_page
from recognizer.views.history import drawing_page, history_page
from recognizer.views.models import (
    challenger_evaluation_page,
    misclassified_drawings_page,
    model_actions,
    model_comparison_page,
    model_list_page,
    model_page,
    shadow_model_page,
)
from recognizer.views.review import relabel_grid, review_page
from recognizer.views.training import drift_page, run_pages, snapshot_pages
from recognizer.views.webhooks import webhook_pages

# Commands that need no static files import this module too: they run without a build.
ICON_URL = lazy(static, str)("img/icon.svg")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", front_page.show_front_page, name="draw"),
    path("offline/", offline_page.show_offline_page, name="offline_page"),
    path("sw.js", offline_page.show_service_worker, name="service_worker"),
    path("favicon.ico", RedirectView.as_view(url=ICON_URL), name="favicon"),
    path("challenge/", challenge_page.show_challenge, name="challenge"),
    path("challenge/leaderboard/", challenge_page.change_leaderboard, name="challenge_leaderboard"),
    path("challenge/<uuid:challenge_id>/", challenge_page.show_result, name="challenge_result"),
    path("history/", history_page.show_history, name="history"),
    path("history/cards/", history_page.show_drawing_summaries, name="history_summaries"),
    path("history/<uuid:drawing_id>/", drawing_page.show_drawing, name="history_drawing"),
    path("history/<uuid:drawing_id>/label/", drawing_page.claim_drawing, name="history_label"),
    path("history/<uuid:drawing_id>/delete/", drawing_page.delete_drawing, name="history_delete"),
    path(
        "history/<uuid:drawing_id>/restore/", drawing_page.restore_drawing, name="history_restore"
    ),
    path("training/", run_pages.show_training, name="training"),
    path("training/start/", run_pages.start_run, name="training_start"),
    path("how-it-works/", how_it_works.show_how_it_works, name="how_it_works"),
    path("training/runs/<uuid:run_id>/", run_pages.show_run, name="training_run"),
    path("training/runs/<uuid:run_id>/cancel/", run_pages.cancel_run, name="training_cancel"),
    path("training/drift/", drift_page.show_drift, name="drift"),
    path(
        "training/proposals/<int:proposal_id>/start/",
        drift_page.start_proposal,
        name="proposal_start",
    ),
    path(
        "training/proposals/<int:proposal_id>/dismiss/",
        drift_page.dismiss_proposal,
        name="proposal_dismiss",
    ),
    path("models/", model_list_page.show_models, name="models"),
    path("models/side-by-side/", model_actions.select_side_by_side_models, name="side_by_side"),
    path("models/rollback/", model_actions.roll_back, name="models_rollback"),
    path(
        "models/evaluations/<int:evaluation_id>/",
        challenger_evaluation_page.show_evaluation,
        name="evaluation",
    ),
    path("models/<str:label>/", model_page.show_model, name="model"),
    path(
        "models/<str:label>/compare/",
        model_comparison_page.select_comparison,
        name="model_choose_compare",
    ),
    path(
        "models/<str:label>/compare/<str:second>/",
        model_comparison_page.show_comparison,
        name="model_compare",
    ),
    path(
        "models/<str:label>/misclassified/<str:of>/<int:digit>/<int:answer>/",
        misclassified_drawings_page.show_misclassified,
        name="model_misclassified",
    ),
    path("models/<str:label>/promote/", model_actions.promote_model, name="model_promote"),
    path("models/<str:label>/evaluate/", model_actions.evaluate_model, name="model_evaluate"),
    path("models/<str:label>/shadow/", shadow_model_page.show_shadow, name="model_shadow"),
    path(
        "models/<str:label>/shadow/change/", model_actions.change_shadow, name="model_shadow_change"
    ),
    path("training/snapshots/", snapshot_pages.show_snapshots, name="snapshots"),
    path("training/snapshots/make/", snapshot_pages.create_snapshot, name="snapshot_make"),
    path("training/snapshots/import/", snapshot_pages.import_snapshot, name="snapshot_import"),
    path("training/snapshots/<uuid:snapshot_id>/", snapshot_pages.show_snapshot, name="snapshot"),
    path(
        "training/snapshots/<uuid:snapshot_id>/diff/<uuid:other_id>/",
        snapshot_pages.show_diff,
        name="snapshot_diff",
    ),
    path("review/", review_page.show_review, name="review"),
    path("review/all/", relabel_grid.show_search_grid, name="review_all"),
    path("review/digits/<str:digit>/", relabel_grid.show_digit_grid, name="review_digit"),
    path("webhooks/", webhook_pages.show_webhooks, name="webhooks"),
    path("webhooks/create/", webhook_pages.create_webhook, name="webhook_create"),
    path("webhooks/<int:webhook_id>/", webhook_pages.show_webhook, name="webhook"),
    path("webhooks/<int:webhook_id>/update/", webhook_pages.update_webhook, name="webhook_update"),
    path("webhooks/<int:webhook_id>/switch/", webhook_pages.switch_webhook, name="webhook_switch"),
    path("webhooks/<int:webhook_id>/rotate/", webhook_pages.rotate_secret, name="webhook_rotate"),
    path("webhooks/<int:webhook_id>/test/", webhook_pages.send_test, name="webhook_test"),
    path("webhooks/<int:webhook_id>/delete/", webhook_pages.delete_webhook, name="webhook_delete"),
    path(
        "webhooks/<int:webhook_id>/deliveries/<uuid:delivery_id>/replay/",
        webhook_pages.replay_delivery,
        name="webhook_replay",
    ),
    path("accounts/settings/", settings_page.show_account, name="account"),
    path("accounts/settings/consent/", settings_page.change_consent, name="account_consent"),
    path("accounts/settings/tokens/", settings_page.create_token, name="account_make_token"),
    path(
        "accounts/settings/tokens/<int:token_id>/revoke/",
        settings_page.revoke_token,
        name="account_revoke_token",
    ),
    path(
        "accounts/settings/sessions/<int:session_id>/end/",
        settings_page.end_session,
        name="account_end_session",
    ),
    path("accounts/settings/export/", settings_page.export_data, name="account_export"),
    path("accounts/settings/delete/", settings_page.delete_account, name="account_delete"),
]
