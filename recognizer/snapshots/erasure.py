"""When drawings are erased, what training sets keep of them goes too: ink and owner. The lines of
the manifests stay, so that their hashes hold; the networks that learnt from them are marked."""

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
    """Erase the samples of those of these drawings that are gone; how many there were.

    Call it inside the transaction that erases the drawings, after their rows: whoever takes a
    sample holds the drawing's row, so none can appear behind our back.
    """
    still_there = Drawing.objects.filter(pk=OuterRef("drawing_id"))
    samples = SnapshotDrawing.objects.filter(~Exists(still_there), drawing_id__in=drawing_ids)
    ids = list(samples.filter(erased_at=None).values_list("pk", flat=True))
    if ids:
        _mark_affected_models(ids)
        SnapshotDrawing.objects.filter(pk__in=ids).update(
            ink="", raster=None, pointer="", owner=None, erased_at=timezone.now()
        )
    return len(ids)


def mark_trained_model(run: TrainingRun, model: ModelVersion) -> None:
    """Set `erased_since` of what a run made, when a drawing that it learnt from, or that its base
    learnt from, was erased before there was a version to mark. Call it inside the transaction that
    ends the run."""
    list(Snapshot.objects.select_for_update().filter(runs=run))  # as _mark_models does
    lines = SnapshotItem.objects.filter(snapshot__runs=run, split=Split.TRAINING)
    is_marked = lines.filter(drawing__erased_at__gte=run.started_at).exists() or (
        run.base_id is not None
        and ModelVersion.objects.filter(pk=run.base_id, erased_since__isnull=False).exists()
    )
    if is_marked:
        ModelVersion.objects.filter(pk=model.pk, erased_since=None).update(
            erased_since=timezone.now()
        )


def _mark_affected_models(sample_ids: list[int]) -> None:
    """Set `erased_since` of the versions that learnt from the samples, and of all that were made
    from those versions."""
    lines = SnapshotItem.objects.filter(drawing__in=sample_ids, split=Split.TRAINING)
    taught = Snapshot.objects.filter(pk__in=lines.values("snapshot")).order_by("pk")
    # A run that ends now waits and finds the samples gone, or has made a version that we find.
    snapshots = list(taught.select_for_update().values_list("pk", flat=True))
    learnt = set(_models_of_runs(Q(run__snapshot__in=snapshots)))
    found = learnt
    while found:
        found = set(_models_of_runs(Q(run__base__in=found))) - learnt
        learnt |= found
    ModelVersion.objects.filter(pk__in=learnt, erased_since=None).update(
        erased_since=timezone.now()
    )


def _models_of_runs(runs: Q) -> list[int]:
    return list(ModelVersion.objects.filter(runs).values_list("pk", flat=True))
