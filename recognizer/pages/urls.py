"""Addresses of the pages."""

from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from recognizer.pages import (
    beside,
    confused,
    draw,
    drift,
    grid,
    history,
    how_it_works,
    models,
    one_drawing,
    one_model,
    review,
    snapshots,
    training,
    your_account,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", draw.show_front_page, name="draw"),
    path("favicon.ico", RedirectView.as_view(url=static("img/icon.svg")), name="favicon"),
    path("history/", history.show_history, name="history"),
    path("history/cards/", history.show_cards, name="history_cards"),
    path("history/<uuid:drawing_id>/", one_drawing.show_drawing, name="history_drawing"),
    path("history/<uuid:drawing_id>/label/", one_drawing.label_drawing, name="history_label"),
    path("history/<uuid:drawing_id>/delete/", one_drawing.delete_drawing, name="history_delete"),
    path("history/<uuid:drawing_id>/restore/", one_drawing.restore_drawing, name="history_restore"),
    path("training/", training.show_training, name="training"),
    path("training/start/", training.start_run, name="training_start"),
    path("how-it-works/", how_it_works.show_how_it_works, name="how_it_works"),
    path("training/runs/<uuid:run_id>/", training.show_run, name="training_run"),
    path("training/runs/<uuid:run_id>/cancel/", training.cancel_run, name="training_cancel"),
    path("training/drift/", drift.show_drift, name="drift"),
    path(
        "training/proposals/<int:proposal_id>/start/", drift.start_proposal, name="proposal_start"
    ),
    path(
        "training/proposals/<int:proposal_id>/dismiss/",
        drift.dismiss_proposal,
        name="proposal_dismiss",
    ),
    path("models/", models.show_models, name="models"),
    path("models/side-by-side/", beside.choose_side_by_side, name="side_by_side"),
    path("models/rollback/", models.roll_back, name="models_rollback"),
    path("models/evaluations/<int:evaluation_id>/", models.show_evaluation, name="evaluation"),
    path("models/<str:label>/", one_model.show_model, name="model"),
    path("models/<str:label>/compare/", one_model.choose_beside, name="model_choose_compare"),
    path("models/<str:label>/compare/<str:second>/", one_model.show_beside, name="model_compare"),
    path(
        "models/<str:label>/misclassified/<str:of>/<int:digit>/<int:answer>/",
        confused.show_confused,
        name="model_misclassified",
    ),
    path("models/<str:label>/promote/", models.promote, name="model_promote"),
    path("models/<str:label>/evaluate/", models.compare, name="model_evaluate"),
    path("models/<str:label>/shadow/", models.show_shadow, name="model_shadow"),
    path("models/<str:label>/shadow/change/", models.change_shadow, name="model_shadow_change"),
    path("training/snapshots/", snapshots.show_snapshots, name="snapshots"),
    path("training/snapshots/make/", snapshots.make_snapshot, name="snapshot_make"),
    path("training/snapshots/import/", snapshots.import_snapshot, name="snapshot_import"),
    path("training/snapshots/<uuid:snapshot_id>/", snapshots.show_snapshot, name="snapshot"),
    path(
        "training/snapshots/<uuid:snapshot_id>/diff/<uuid:other_id>/",
        snapshots.show_diff,
        name="snapshot_diff",
    ),
    path("review/", review.show_review, name="review"),
    path("review/all/", grid.show_all, name="review_all"),
    path("review/digits/<str:digit>/", grid.show_digit, name="review_digit"),
    path("accounts/settings/", your_account.show_account, name="account"),
    path("accounts/settings/consent/", your_account.change_consent, name="account_consent"),
    path("accounts/settings/tokens/", your_account.make_token, name="account_make_token"),
    path(
        "accounts/settings/tokens/<int:token_id>/revoke/",
        your_account.revoke_token,
        name="account_revoke_token",
    ),
    path("accounts/settings/delete/", your_account.delete_account, name="account_delete"),
]
