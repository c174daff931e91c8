"""Queries of snapshots, for training and for the pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from recognizer.models import Drawing, Label, LabelKind, Snapshot, SnapshotItem, Split

ITEM_BATCH_SIZE = 500
SAMPLE_COLUMNS = (
    *("drawing__drawing_id", "drawing__revision", "label", "split", "user_pseudonym"),
    *("drawing__pointer", "drawing__ink", "drawing__raster"),
)
"""The fields of TrainingSample, in their order."""


@dataclass(frozen=True, slots=True)
class TrainingSample:
    """One training sample. `ink` is JSON, or empty for an uploaded picture, which has a `raster`:
    (28, 28) uint8."""

    drawing_id: UUID
    revision: int
    label: int
    split: str
    user_pseudonym: str
    pointer: str
    ink: str
    raster: bytes | None

    @property
    def strokes(self) -> list[list[list[float]]] | None:
        """The decoded ink. It is not cached: 100,000 decoded drawings would take gigabytes."""
        return orjson.loads(self.ink) if self.ink else None


def find_holdout_snapshot(snapshot: Snapshot | None) -> Snapshot | None:
    """Return the snapshot whose holdout decides about a model that was trained on `snapshot`: the
    same, or the newest one of this site with a holdout if that was imported or has none."""
    is_own = snapshot is not None and not snapshot.is_imported
    # The author of a file must not choose what decides.
    own = Snapshot.objects.filter(is_imported=False).order_by("-number")
    candidates = [snapshot] if snapshot and is_own else []
    return next((one for one in chain(candidates, own) if any(one.counts[Split.HOLDOUT])), None)


def load_training_samples(snapshot: Snapshot, split: str) -> list[TrainingSample]:
    """Return the samples of one split, in the order of the manifest.

    Drawings that may not be used now are left out: erased and deleted ones, those of users who have
    withdrawn consent, and those whose label a suspended reviewer gave.
    """
    return [one for page in iter_sample_batches(snapshot, split=split) for one in page]


def usable_items(*snapshots: Snapshot) -> QuerySet[SnapshotItem]:
    """Return the items whose drawings may be used now."""
    deleted = Drawing.objects.filter(
        pk=OuterRef("drawing__drawing_id"),
        deleted_at__isnull=False,
        owner=OuterRef("drawing__owner"),
    )
    has_consent = Q(drawing__owner__may_teach=True) | Q(drawing__owner=None, series__gt=0)
    return SnapshotItem.objects.in_snapshots(*snapshots).filter(
        has_consent, ~Exists(deleted), ~_is_rejected(), drawing__erased_at=None
    )


def _is_rejected() -> Q:
    """Match the items whose label a suspended reviewer gave. If the account was deleted, so was the
    label.

    A scalar subquery reads one label for each item. Instead of an EXISTS, PostgreSQL may hash all
    labels of the site, for each batch again.
    """
    is_suspended = Q(kind=LabelKind.REVIEW, author__reviews_suspended_at__isnull=False)
    label = Label.objects.filter(pk=OuterRef("event_id")).annotate(
        counts=Case(When(is_suspended, then=False), default=True)
    )
    counts = Coalesce(Subquery(label.values("counts")[:1]), Value(False))
    return Q(event_id__isnull=False) & ~Q(counts)


def iter_sample_batches(snapshot: Snapshot, **filters: str) -> Iterator[list[TrainingSample]]:
    """Yield batches of the usable samples in the order of the manifest. No query is open between
    two batches."""
    items = usable_items(snapshot).filter(**filters)
    for page in iter_row_batches(snapshot, items, SAMPLE_COLUMNS, size=ITEM_BATCH_SIZE):
        fields: list[list[Any]] = [
            [*row[1:-1], bytes(row[-1]) if row[-1] else None] for row in page
        ]
        yield [TrainingSample(*sample) for sample in fields]


def iter_row_batches(
    snapshot: Snapshot, items: QuerySet[SnapshotItem], columns: Sequence[Any], *, size: int
) -> Iterator[list[Any]]:
    """Yield batches of (id, *columns) of some items of a snapshot in the order of the manifest. A
    batch has at most `size` rows, or none.

    Each batch is a range of keys. With a limit instead, PostgreSQL filtered and sorted all
    remaining items for each batch: 1 s with 100,000 items.
    """
    rows: Any = items.order_by("sort_key").values_list("pk", *columns)
    keys = snapshot.items.order_by("sort_key").values_list("sort_key", flat=True)
    last: UUID | None = UUID(int=0)
    while last is not None:
        batch = rows.filter(sort_key__gt=last)
        last = keys.filter(sort_key__gt=last)[size - 1 : size].first()
        yield list(batch if last is None else batch.filter(sort_key__lte=last))
