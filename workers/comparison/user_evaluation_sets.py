"""People's drawings to compare networks on: those of the holdout, and what was reviewed of late. By
people who are not in training, and only while they agree to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import numpy as np
import orjson

from ml.evaluation.evaluation_sets import EvaluationSet
from ml.preprocessing.rasterize import IMAGE_SIZE, CannotRasterize, Raster, rasterize
from recognizer.models import Basis, GroundTruth, Snapshot, Split
from recognizer.snapshots.queries import load_training_samples

HOLDOUT_SET, REVIEWED_SET = "people", "reviewed"
MAX_REVIEWED_DRAWINGS = 5_000

KeyedDrawing = tuple[str, int, Raster]
"""A drawing's key (`id/revision`), its label, what the network sees."""


def load_user_evaluation_sets(snapshot: Snapshot | None) -> list[EvaluationSet]:
    """The holdout of `snapshot`, or of the newest one made here that has any, and what reviewers
    decided since; either may be empty, which the gate says."""
    held = _find_holdout_snapshot(snapshot)
    holdout = _load_holdout(held) if held else []
    reviewed = _load_reviewed(held.created_at if held else None, {key for key, _, _ in holdout})
    return [
        _build_evaluation_set(HOLDOUT_SET, "People's drawings kept out", holdout),
        _build_evaluation_set(REVIEWED_SET, "Recently reviewed drawings", reviewed),
    ]


def _find_holdout_snapshot(snapshot: Snapshot | None) -> Snapshot | None:
    if snapshot is not None and snapshot.items.filter(split=Split.HOLDOUT).exists():
        return snapshot
    # Of this site's people: an imported file may hold a published test set, which decides nothing.
    with_holdout = Snapshot.objects.filter(items__split=Split.HOLDOUT, is_imported=False)
    return with_holdout.order_by("-created_at").first()


def _load_holdout(snapshot: Snapshot) -> list[KeyedDrawing]:
    return [
        (f"{item.drawing_id}/{item.revision}", item.label, raster)
        for item in load_training_samples(snapshot, Split.HOLDOUT)
        if (raster := _load_raster(item.ink, item.raster)) is not None
    ]


def _load_reviewed(since: datetime | None, taken: Collection[str]) -> list[KeyedDrawing]:
    truths = GroundTruth.objects.filter(
        basis=Basis.REVIEW,
        value__isnull=False,
        is_set_aside=False,
        drawing__deleted_at=None,
        drawing__owner__may_teach=True,
    ).exclude(drawing__owner__split=Split.TRAINING)
    if since is not None:
        truths = truths.filter(decided_at__gt=since)
    newest = truths.order_by("-decided_at").select_related("drawing__prediction")[
        :MAX_REVIEWED_DRAWINGS
    ]
    found = []
    for ground_truth in newest:
        drawing, key = ground_truth.drawing, f"{ground_truth.drawing_id}/{ground_truth.revision}"
        if ground_truth.revision != drawing.revision or key in taken or ground_truth.value is None:
            continue
        kept = bytes(drawing.prediction.raster) if drawing.prediction else None
        raster = _load_raster(drawing.ink, kept)
        if raster is not None:
            found.append((key, ground_truth.value, raster))
    return found


def _load_raster(ink: str, kept: bytes | None) -> Raster | None:
    """What the network sees of ink, or saw of a picture."""
    if ink:
        try:
            return rasterize(orjson.loads(ink))
        except CannotRasterize:
            return None
    if kept is None:
        return None
    return np.frombuffer(kept, dtype=np.uint8).reshape(IMAGE_SIZE, IMAGE_SIZE)


def _build_evaluation_set(name: str, title: str, shown: Sequence[KeyedDrawing]) -> EvaluationSet:
    rasters = [raster for _, _, raster in shown]
    return EvaluationSet(
        name=name,
        title=title,
        rasters=np.stack(rasters) if rasters else np.empty((0, IMAGE_SIZE, IMAGE_SIZE), np.uint8),
        labels=np.array([label for _, label, _ in shown], dtype=np.int64),
        keys=[key for key, _, _ in shown],
    )
