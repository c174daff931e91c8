"""Addresses of the HTTP interface, version 1."""

from django.urls import path, re_path

from recognizer.api.documents import Documents, Nowhere, Schema
from recognizer.api.drawing import DrawingRaster, OneDrawing, RestoredDrawing
from recognizer.api.drawings import DrawingBatch, Drawings
from recognizer.api.drift import DismissedProposal, Drift, Proposals, StartedProposal
from recognizer.api.explanations import DrawingExplanation, ExampleExplanation
from recognizer.api.label import DrawingLabel
from recognizer.api.me import Me, MeExport
from recognizer.api.model_versions import (
    ComparedModel,
    ModelVersions,
    OneModelVersion,
    PromotedModel,
    RolledBack,
    ShadowModel,
)
from recognizer.api.relabelling import FoundDrawings, Relabelled, RelabellingUndone
from recognizer.api.review import NextCard, ReviewedDrawing
from recognizer.api.snapshot_files import SnapshotExport, SnapshotImport
from recognizer.api.snapshots import OneSnapshot, SnapshotDiff, Snapshots
from recognizer.api.training_runs import CancelledTrainingRun, OneTrainingRun, TrainingRuns

urlpatterns = [
    path("drawings/", Drawings.as_view(), name="api-drawings"),
    path("drawings/batch/", DrawingBatch.as_view(), name="api-drawing-batch"),
    path("drawings/<str:id>/", OneDrawing.as_view(), name="api-drawing"),
    path("drawings/<str:id>/restore/", RestoredDrawing.as_view(), name="api-drawing-restore"),
    path("drawings/<str:id>/raster.png", DrawingRaster.as_view(), name="api-drawing-raster"),
    path("drawings/<str:id>/claim/", DrawingLabel.as_view(), name="api-drawing-claim"),
    path(
        "drawings/<str:id>/explanation/",
        DrawingExplanation.as_view(),
        name="api-drawing-explanation",
    ),
    path(
        "examples/<str:id>/explanation/",
        ExampleExplanation.as_view(),
        name="api-example-explanation",
    ),
    path("me/", Me.as_view(), name="api-me"),
    path("me/export/", MeExport.as_view(), name="api-me-export"),
    path("models/", ModelVersions.as_view(), name="api-models"),
    path("models/rollback/", RolledBack.as_view(), name="api-models-rollback"),
    path("models/<str:id>/", OneModelVersion.as_view(), name="api-model"),
    path("models/<str:id>/promote/", PromotedModel.as_view(), name="api-model-promote"),
    path("models/<str:id>/shadow/", ShadowModel.as_view(), name="api-model-shadow"),
    path("models/<str:id>/compare/", ComparedModel.as_view(), name="api-model-compare"),
    path("snapshots/", Snapshots.as_view(), name="api-snapshots"),
    path("snapshots/import/", SnapshotImport.as_view(), name="api-snapshot-import"),
    path("snapshots/<str:id>/", OneSnapshot.as_view(), name="api-snapshot"),
    path("snapshots/<str:id>/export/", SnapshotExport.as_view(), name="api-snapshot-export"),
    path("snapshots/<str:id>/diff/<str:other>/", SnapshotDiff.as_view(), name="api-snapshot-diff"),
    path("review/next/", NextCard.as_view(), name="api-review-next"),
    path("review/drawings/", FoundDrawings.as_view(), name="api-review-drawings"),
    path("review/relabel/", Relabelled.as_view(), name="api-review-relabel"),
    path("review/relabel/undo/", RelabellingUndone.as_view(), name="api-review-relabel-undo"),
    path("review/<str:id>/", ReviewedDrawing.as_view(), name="api-review"),
    path("training-runs/", TrainingRuns.as_view(), name="api-training-runs"),
    path("training-runs/<str:id>/", OneTrainingRun.as_view(), name="api-training-run"),
    path(
        "training-runs/<str:id>/cancel/",
        CancelledTrainingRun.as_view(),
        name="api-training-run-cancel",
    ),
    path("drift/", Drift.as_view(), name="api-drift"),
    path("proposals/", Proposals.as_view(), name="api-proposals"),
    path("proposals/<str:id>/start/", StartedProposal.as_view(), name="api-proposal-start"),
    path("proposals/<str:id>/dismiss/", DismissedProposal.as_view(), name="api-proposal-dismiss"),
    path("schema/", Schema.as_view(), name="api-schema"),
    path("docs/", Documents.as_view(), name="api-docs"),
    re_path(r"^(?:.*/)?$", Nowhere.as_view()),
]
