"""People's drawings to compare networks on: those of the holdout, and what was reviewed of late. By
people who are not in training, and only while they agree to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import numpy as np
import orjson

from ml.frozen import FrozenSet
from ml.raster import SIZE, CannotRasterize, Raster, rasterize
from recognizer.models import Basis, GroundTruth, Snapshot, Split
from recognizer.snapshots import read_items

HOLDOUT, REVIEWED = "people", "reviewed"
RECENT = 5_000

Shown = tuple[str, int, Raster]
"""A drawing's key (`id/revision`), its label, what the network sees."""


def load_peoples_sets(snapshot: Snapshot | None) -> list[FrozenSet]:
    """The holdout of `snapshot`, or of the newest one made here that has any, and what reviewers
    decided since; either may be empty, which the gate says."""
    held = _find_holdout(snapshot)
    holdout = _read_holdout(held) if held else []
    reviewed = _read_reviewed(held.created_at if held else None, {key for key, _, _ in holdout})
    return [
        _make_set(HOLDOUT, "People's drawings kept out", holdout),
        _make_set(REVIEWED, "Recently reviewed drawings", reviewed),
    ]


def _find_holdout(snapshot: Snapshot | None) -> Snapshot | None:
    if snapshot is not None and snapshot.items.filter(split=Split.HOLDOUT).exists():
        return snapshot
    # Of this site's people: an imported file may hold a published test set, which decides nothing.
    with_holdout = Snapshot.objects.filter(items__split=Split.HOLDOUT, is_imported=False)
    return with_holdout.order_by("-created_at").first()


def _read_holdout(snapshot: Snapshot) -> list[Shown]:
    return [
        (f"{item.drawing_id}/{item.revision}", item.label, raster)
        for item in read_items(snapshot, Split.HOLDOUT)
        if (raster := _see(item.ink, item.raster)) is not None
    ]


def _read_reviewed(since: datetime | None, taken: Collection[str]) -> list[Shown]:
    truths = GroundTruth.objects.filter(
        basis=Basis.REVIEW,
        value__isnull=False,
        is_set_aside=False,
        drawing__deleted_at=None,
        drawing__owner__may_teach=True,
    ).exclude(drawing__owner__split=Split.TRAINING)
    if since is not None:
        truths = truths.filter(decided_at__gt=since)
    newest = truths.order_by("-decided_at").select_related("drawing__prediction")[:RECENT]
    found = []
    for ground_truth in newest:
        drawing, key = ground_truth.drawing, f"{ground_truth.drawing_id}/{ground_truth.revision}"
        if ground_truth.revision != drawing.revision or key in taken or ground_truth.value is None:
            continue
        kept = bytes(drawing.prediction.raster) if drawing.prediction else None
        raster = _see(drawing.ink, kept)
        if raster is not None:
            found.append((key, ground_truth.value, raster))
    return found


def _see(ink: str, kept: bytes | None) -> Raster | None:
    """What the network sees of ink, or saw of a picture."""
    if ink:
        try:
            return rasterize(orjson.loads(ink))
        except CannotRasterize:
            return None
    if kept is None:
        return None
    return np.frombuffer(kept, dtype=np.uint8).reshape(SIZE, SIZE)


def _make_set(name: str, title: str, shown: Sequence[Shown]) -> FrozenSet:
    rasters = [raster for _, _, raster in shown]
    return FrozenSet(
        name=name,
        title=title,
        rasters=np.stack(rasters) if rasters else np.empty((0, SIZE, SIZE), np.uint8),
        labels=np.array([label for _, label, _ in shown], dtype=np.int64),
        keys=[key for key, _, _ in shown],
    )
