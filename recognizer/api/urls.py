"""URLs of the HTTP API, version 1."""

from django.urls import path, re_path

from recognizer.api.openapi.views import ApiDocsView, NotFoundView, SchemaView
from recognizer.api.views.account_export_and_deletion import AccountView, DataExportView
from recognizer.api.views.challenges import (
    ChallengeListView,
    ChallengePromptView,
    ChallengeView,
)
from recognizer.api.views.drawing_detail import (
    DrawingClaimView,
    DrawingDetailView,
    DrawingRasterView,
    RestoreDrawingView,
)
from recognizer.api.views.drawing_search_and_relabel import (
    BulkRelabelView,
    ReviewSearchView,
    UndoBulkRelabelView,
)
from recognizer.api.views.drawing_submission_and_list import DrawingBatchView, DrawingListView
from recognizer.api.views.drift_and_retraining_proposals import (
    DismissProposalView,
    DriftView,
    ProposalListView,
    StartProposalView,
)
from recognizer.api.views.explanations import DrawingExplanationView, ExampleExplanationView
from recognizer.api.views.guests import GuestView
from recognizer.api.views.model_versions import (
    BrowserBundleView,
    CompareModelView,
    ModelDownloadView,
    ModelVersionDetailView,
    ModelVersionListView,
    PromoteModelView,
    RollbackView,
    ShadowModelView,
)
from recognizer.api.views.review_queue import NextReviewItemView, ReviewDrawingView
from recognizer.api.views.snapshots import (
    SnapshotDetailView,
    SnapshotDiffView,
    SnapshotExportView,
    SnapshotImportView,
    SnapshotListView,
)
from recognizer.api.views.training_runs import (
    CancelTrainingRunView,
    TrainingRunDetailView,
    TrainingRunListView,
)
from recognizer.api.views.webhooks import (
    ReplayDeliveryView,
    RotateWebhookSecretView,
    SendTestEventView,
    WebhookDeliveryListView,
    WebhookDetailView,
    WebhookListView,
)

urlpatterns = [
    path("guests/", GuestView.as_view(), name="api-guests"),
    path("challenges/", ChallengeListView.as_view(), name="api-challenges"),
    path("challenges/<str:id>/", ChallengeView.as_view(), name="api-challenge"),
    path(
        "challenges/<str:id>/prompts/<str:position>/",
        ChallengePromptView.as_view(),
        name="api-challenge-prompt",
    ),
    path("drawings/", DrawingListView.as_view(), name="api-drawings"),
    path("drawings/batch/", DrawingBatchView.as_view(), name="api-drawing-batch"),
    path("drawings/<str:id>/", DrawingDetailView.as_view(), name="api-drawing"),
    path("drawings/<str:id>/restore/", RestoreDrawingView.as_view(), name="api-drawing-restore"),
    path("drawings/<str:id>/raster.png", DrawingRasterView.as_view(), name="api-drawing-raster"),
    path("drawings/<str:id>/claim/", DrawingClaimView.as_view(), name="api-drawing-claim"),
    path(
        "drawings/<str:id>/explanation/",
        DrawingExplanationView.as_view(),
        name="api-drawing-explanation",
    ),
    path(
        "examples/<str:id>/explanation/",
        ExampleExplanationView.as_view(),
        name="api-example-explanation",
    ),
    path("me/", AccountView.as_view(), name="api-me"),
    path("me/export/", DataExportView.as_view(), name="api-me-export"),
    path("models/", ModelVersionListView.as_view(), name="api-models"),
    path("models/rollback/", RollbackView.as_view(), name="api-models-rollback"),
    path("models/<str:id>/", ModelVersionDetailView.as_view(), name="api-model"),
    path("models/<str:id>/browser/", BrowserBundleView.as_view(), name="api-model-browser"),
    path("models/<str:id>/download/", ModelDownloadView.as_view(), name="api-model-download"),
    path("models/<str:id>/promote/", PromoteModelView.as_view(), name="api-model-promote"),
    path("models/<str:id>/shadow/", ShadowModelView.as_view(), name="api-model-shadow"),
    path("models/<str:id>/compare/", CompareModelView.as_view(), name="api-model-compare"),
    path("snapshots/", SnapshotListView.as_view(), name="api-snapshots"),
    path("snapshots/import/", SnapshotImportView.as_view(), name="api-snapshot-import"),
    path("snapshots/<str:id>/", SnapshotDetailView.as_view(), name="api-snapshot"),
    path("snapshots/<str:id>/export/", SnapshotExportView.as_view(), name="api-snapshot-export"),
    path(
        "snapshots/<str:id>/diff/<str:other>/", SnapshotDiffView.as_view(), name="api-snapshot-diff"
    ),
    path("review/next/", NextReviewItemView.as_view(), name="api-review-next"),
    path("review/drawings/", ReviewSearchView.as_view(), name="api-review-drawings"),
    path("review/relabel/", BulkRelabelView.as_view(), name="api-review-relabel"),
    path("review/relabel/undo/", UndoBulkRelabelView.as_view(), name="api-review-relabel-undo"),
    path("review/<str:id>/", ReviewDrawingView.as_view(), name="api-review"),
    path("training-runs/", TrainingRunListView.as_view(), name="api-training-runs"),
    path("training-runs/<str:id>/", TrainingRunDetailView.as_view(), name="api-training-run"),
    path(
        "training-runs/<str:id>/cancel/",
        CancelTrainingRunView.as_view(),
        name="api-training-run-cancel",
    ),
    path("drift/", DriftView.as_view(), name="api-drift"),
    path("proposals/", ProposalListView.as_view(), name="api-proposals"),
    path("proposals/<str:id>/start/", StartProposalView.as_view(), name="api-proposal-start"),
    path("proposals/<str:id>/dismiss/", DismissProposalView.as_view(), name="api-proposal-dismiss"),
    path("webhooks/", WebhookListView.as_view(), name="api-webhooks"),
    path("webhooks/<str:id>/", WebhookDetailView.as_view(), name="api-webhook"),
    path("webhooks/<str:id>/rotate/", RotateWebhookSecretView.as_view(), name="api-webhook-rotate"),
    path("webhooks/<str:id>/test/", SendTestEventView.as_view(), name="api-webhook-test"),
    path(
        "webhooks/<str:id>/deliveries/",
        WebhookDeliveryListView.as_view(),
        name="api-webhook-deliveries",
    ),
    path(
        "webhooks/<str:id>/deliveries/<str:delivery>/replay/",
        ReplayDeliveryView.as_view(),
        name="api-webhook-replay",
    ),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", ApiDocsView.as_view(), name="api-docs"),
    re_path(r"^(?:.*/)?$", NotFoundView.as_view(), name="api-not-found"),
]
