"""Erasure of drawings in snapshots: ink and owner are deleted. The manifest lines stay, so the hash
stays valid. Models trained on the drawings are marked."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from recognizer.models import (
    Drawing,
    ModelVersion,
    Snapshot,
    SnapshotDrawing,
    SnapshotItem,
    Split,
    TrainingRun,
)


def erase_snapshot_drawings(drawing_ids: Collection[UUID]) -> int:
    """Erase the snapshot copies of deleted drawings and return their number.

    Call this inside the transaction that erases the drawings, after their rows. `capture_drawings`
    locks a drawing's row, so no copy can be created concurrently.
    """
    existing = Drawing.objects.filter(pk=OuterRef("drawing_id"))
    copies = SnapshotDrawing.objects.filter(~Exists(existing), drawing_id__in=drawing_ids)
    ids = list(copies.filter(erased_at=None).values_list("pk", flat=True))
    if ids:
        _mark_affected_models(ids)
        SnapshotDrawing.objects.filter(pk__in=ids).update(
            ink="", raster=None, pointer="", owner=None, erased_at=timezone.now()
        )
    return len(ids)


def mark_trained_model(run: TrainingRun, model: ModelVersion) -> None:
    """Set `erased_since` on the model of a run if a drawing that it or its base was trained on was
    erased during the run.

    Call this inside the transaction that ends the run.
    """
    # Locked as in _mark_affected_models.
    snapshots = list(Snapshot.objects.select_for_update().filter(runs=run))
    items = SnapshotItem.objects.in_snapshots(*snapshots).filter(split=Split.TRAINING)
    is_affected = items.filter(drawing__erased_at__gte=run.started_at).exists() or (
        run.base_id is not None
        and ModelVersion.objects.filter(pk=run.base_id, erased_since__isnull=False).exists()
    )
    if is_affected:
        ModelVersion.objects.filter(pk=model.pk, erased_since=None).update(
            erased_since=timezone.now()
        )


def _mark_affected_models(snapshot_drawing_ids: list[int]) -> None:
    """Set `erased_since` on the models trained on these drawings, and on all models fine-tuned from
    them."""
    items = SnapshotItem.objects.filter(drawing__in=snapshot_drawing_ids, split=Split.TRAINING)
    affected = Snapshot.objects.containing(items).order_by("pk")
    # A run that ends concurrently waits and finds the copies erased, or its model is found here.
    snapshots = list(affected.select_for_update().values_list("pk", flat=True))
    model_ids = set(_models_of_runs(Q(run__snapshot__in=snapshots)))
    found = model_ids
    while found:
        found = set(_models_of_runs(Q(run__base__in=found))) - model_ids
        model_ids |= found
    ModelVersion.objects.filter(pk__in=model_ids, erased_since=None).update(
        erased_since=timezone.now()
    )


def _models_of_runs(runs: Q) -> list[int]:
    return list(ModelVersion.objects.filter(runs).values_list("pk", flat=True))
