"""Evaluation sets of users' drawings: the holdout, and recently reviewed drawings.

Their users are not in the training data and allow training with their drawings.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import numpy as np
import orjson

from ml.evaluation.evaluation_sets import EvaluationSet
from ml.preprocessing.array_types import Raster
from ml.preprocessing.rasterize import IMAGE_SIZE, CannotRasterize
from recognizer.models import Basis, Drawing, GroundTruth, Snapshot, Split
from recognizer.review.double_review_and_gold_items import (
    confirmed_filter,
    count_active_reviewers,
)
from recognizer.snapshots.training_samples import find_holdout_snapshot, load_training_samples
from recognizer.snapshots.user_splits_and_pseudonyms import filter_established
from workers.raster_unpacking import load_raster

HOLDOUT_SET, REVIEWED_SET, IMPORTED_SET = "people", "reviewed", "imported"
MAX_REVIEWED_DRAWINGS = 5_000

KeyedDrawing = tuple[str, int, Raster]
"""The key (`id/revision`), label and raster of a drawing."""


def load_user_evaluation_sets(snapshot: Snapshot | None) -> list[EvaluationSet]:
    """Return the holdout set and the set of drawings that were reviewed since.

    Both sets may be empty, which the gate reports.
    """
    found = find_holdout_snapshot(snapshot)
    holdout = _load_holdout(found) if found else []
    reviewed = _load_reviewed(found.created_at if found else None, {key for key, _, _ in holdout})
    return [
        _build_evaluation_set(HOLDOUT_SET, "Drawings of holdout users", holdout),
        _build_evaluation_set(REVIEWED_SET, "Recently reviewed drawings", reviewed),
    ]


def load_imported_holdout(snapshot: Snapshot | None) -> list[EvaluationSet]:
    """Return the holdout of an imported snapshot, which is reported and decides nothing."""
    if snapshot is None or not snapshot.is_imported:
        return []
    holdout = _load_holdout(snapshot)
    title = "Holdout of the imported training set (does not decide)"
    return [_build_evaluation_set(IMPORTED_SET, title, holdout)] if holdout else []


def _load_holdout(snapshot: Snapshot) -> list[KeyedDrawing]:
    """Return the holdout of a snapshot, without labels that reviewers no longer agree on."""
    revoked = set() if snapshot.is_imported else _find_revoked_labels(snapshot)
    return [
        (f"{item.drawing_id}/{item.revision}", item.label, raster)
        for item in load_training_samples(snapshot, Split.HOLDOUT)
        if (item.drawing_id, item.revision) not in revoked
        and (raster := _load_raster(item.ink, item.raster)) is not None
    ]


def _find_revoked_labels(snapshot: Snapshot) -> set[tuple[UUID, int]]:
    """Return the drawings of the holdout whose label was changed, set aside or withdrawn since, by
    id and revision."""
    rows = snapshot.items.filter(split=Split.HOLDOUT).values_list(
        "drawing__drawing_id", "drawing__revision", "label"
    )
    labels = {(id, revision): label for id, revision, label in rows}
    current = GroundTruth.objects.filter(
        drawing__in=Drawing.objects.filter(owner__split=Split.HOLDOUT)
    )
    return {
        (one.drawing_id, one.revision)
        for one in current
        if (label := labels.get((one.drawing_id, one.revision))) is not None
        and (one.value != label or one.is_set_aside)
    }


def _load_reviewed(since: datetime | None, excluded: Collection[str]) -> list[KeyedDrawing]:
    ground_truths = GroundTruth.objects.filter(
        confirmed_filter(count_active_reviewers()),
        basis=Basis.REVIEW,
        value__isnull=False,
        is_set_aside=False,
        drawing__deleted_at=None,
        drawing__owner__may_teach=True,
    ).exclude(drawing__owner__split=Split.TRAINING)
    if since is not None:
        ground_truths = ground_truths.filter(decided_at__gt=since)
    newest = ground_truths.order_by("-decided_at").select_related("drawing__prediction")[
        :MAX_REVIEWED_DRAWINGS
    ]
    established = filter_established({one.drawing.owner_id for one in newest})
    found = []
    for ground_truth in newest:
        drawing, key = ground_truth.drawing, f"{ground_truth.drawing_id}/{ground_truth.revision}"
        is_current = ground_truth.revision == drawing.revision
        if not is_current or key in excluded or ground_truth.value is None:
            continue
        if drawing.owner_id not in established:
            continue
        stored = bytes(drawing.prediction.raster) if drawing.prediction else None
        raster = _load_raster(drawing.ink, stored)
        if raster is not None:
            found.append((key, ground_truth.value, raster))
    return found


def _load_raster(ink: str, stored: bytes | None) -> Raster | None:
    """Render the ink, or return the stored raster of an upload. Returns None without either."""
    try:
        return load_raster(None if ink else stored, orjson.loads(ink or "[]"))
    except CannotRasterize:
        return None


def _build_evaluation_set(name: str, title: str, drawings: Sequence[KeyedDrawing]) -> EvaluationSet:
    rasters = [raster for _, _, raster in drawings]
    return EvaluationSet(
        name=name,
        title=title,
        rasters=np.stack(rasters) if rasters else np.empty((0, IMAGE_SIZE, IMAGE_SIZE), np.uint8),
        labels=np.array([label for _, label, _ in drawings], dtype=np.int64),
        keys=[key for key, _, _ in drawings],
    )
