"""What a snapshot holds, for training and for looking at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Exists, OuterRef, Q, QuerySet

from recognizer.models import Drawing, Snapshot, SnapshotItem, Split

ITEM_BATCH_SIZE = 500


@dataclass(frozen=True, slots=True)
class TrainingSample:
    """One example. Ink as JSON where there is any, else `raster`: (28, 28) uint8 of a picture."""

    drawing_id: UUID
    revision: int
    label: int
    split: str
    person: str
    pointer: str
    ink: str
    raster: bytes | None

    @property
    def strokes(self) -> list[list[list[float]]] | None:
        """Decoded anew each time: 100,000 decoded drawings would take gigabytes."""
        return orjson.loads(self.ink) if self.ink else None


def load_training_samples(snapshot: Snapshot, split: str) -> list[TrainingSample]:
    """One side of a snapshot, in the order in which its lines were stored: always the same one.

    Left out is what may not be used now, although its line stays: erased or deleted drawings, and
    those of people who have taken their consent back.
    """
    return [
        one
        for page in iter_sample_batches(usable_items(snapshot).filter(split=split))
        for one in page
    ]


def usable_items(*snapshots: Snapshot) -> QuerySet[SnapshotItem]:
    """The lines whose drawings may be used now."""
    binned = Drawing.objects.filter(
        pk=OuterRef("drawing__drawing_id"),
        deleted_at__isnull=False,
        owner=OuterRef("drawing__owner"),
    )
    agreed = Q(drawing__owner__may_teach=True) | Q(snapshot__is_imported=True)
    return SnapshotItem.objects.filter(
        agreed, ~Exists(binned), snapshot__in=snapshots, drawing__erased_at=None
    )


def iter_sample_batches(items: QuerySet[SnapshotItem]) -> Iterator[list[TrainingSample]]:
    """Page by page, in the order of their ids; between two pages no query is open."""
    rows: Any = items.order_by("pk").values_list(
        "pk",
        "drawing__drawing_id",
        "drawing__revision",
        "label",
        "split",
        "user_pseudonym",
        "drawing__pointer",
        "drawing__ink",
        "drawing__raster",
    )
    last = 0
    while page := list(rows.filter(pk__gt=last)[:ITEM_BATCH_SIZE]):
        yield [_make_sample(row[1:]) for row in page]
        last = page[-1][0]


def _make_sample(row: tuple[Any, ...]) -> TrainingSample:
    sample: list[Any] = [*row[:-1], bytes(row[-1]) if row[-1] else None]
    return TrainingSample(*sample)


def count_excluded(snapshot: Snapshot) -> dict[str, int]:
    """Lines that are not used any more: `erased`, and `withdrawn` (their owners said no since)."""
    items = SnapshotItem.objects.filter(snapshot=snapshot)
    erased = items.filter(drawing__erased_at__isnull=False).count()
    withdrawn = items.filter(drawing__erased_at=None, drawing__owner__may_teach=False).count()
    return {"erased": erased, "withdrawn": withdrawn}


def find_models_trained_on(drawing_ids: list[UUID]) -> dict[UUID, list[str]]:
    """Which versions of the network learnt from each of these drawings, the oldest first; drawings
    that taught none are left out."""
    rows = (
        SnapshotItem.objects.filter(
            drawing__drawing_id__in=drawing_ids,
            split=Split.TRAINING,
            snapshot__runs__model__isnull=False,
        )
        .order_by("snapshot__runs__model_id")
        .values_list(
            "drawing__drawing_id",
            "snapshot__runs__model__name",
            "snapshot__runs__model__sha256",
        )
        .distinct()
    )
    taught: dict[UUID, list[str]] = {}
    for drawing_id, name, sha256 in rows:
        taught.setdefault(drawing_id, []).append(f"{name}@{sha256[:12]}")
    return taught
