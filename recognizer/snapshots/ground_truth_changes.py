"""Differences of the current ground truth from the newest snapshot.

The database compares them, so that a build reads only the drawings that have changed.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, OuterRef, QuerySet, Subquery

from recognizer.drawings.recent_and_trainable_conditions import trainable_filter
from recognizer.models import (
    GroundTruth,
    Snapshot,
    SnapshotDrawing,
    Split,
    User,
)
from recognizer.review.double_review_and_gold_items import (
    confirmed_filter,
    count_active_reviewers,
)
from recognizer.snapshots.drawing_copies import capture_drawings
from recognizer.snapshots.manifest import LineBuffer, StoredLine
from recognizer.snapshots.user_splits_and_pseudonyms import (
    assign_splits,
    compute_pseudonym,
    filter_established,
)

ROW_BATCH_SIZE = 2_000
CAPTURED_BATCH_SIZE = 500
USER_BATCH_SIZE = 500

_GROUND_TRUTH_COLUMNS = (
    *("drawing_id", "revision", "value", "label_id"),
    *("drawing__owner_id", "drawing__owner__split"),
)
# A join, not a subquery for each row: PostgreSQL needs half of the time.
_COMPARE_SQL = """
WITH ground_truth(drawing_id, revision, value, label_id, owner_id, split) AS ({ground_truths})
SELECT ground_truth.owner_id, CASE WHEN copy.id IS NOT NULL THEN item.id END,
  CASE WHEN copy.id IS NULL THEN CAST(ground_truth.drawing_id AS text) END
FROM ground_truth
LEFT JOIN recognizer_snapshotitem item
  ON item.series = 0 AND item.first_number <= %s AND item.last_number >= %s
    AND item.sort_key = ground_truth.drawing_id AND item.label = ground_truth.value
    AND item.split = ground_truth.split
    AND coalesce(item.event_id, -1) = coalesce(ground_truth.label_id, -1)
LEFT JOIN recognizer_snapshotdrawing copy
  ON copy.id = item.drawing_id AND copy.revision = ground_truth.revision
"""


@dataclass
class GroundTruthChanges:
    """The lines to add, in the order of drawings, and the ids of the items that the next snapshot
    does not contain."""

    added: LineBuffer = field(default_factory=LineBuffer)
    removed: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


class _SnapshotUser(NamedTuple):
    split: str
    is_left_out: bool
    """A holdout user whose account is not established yet."""


class _LabelledDrawing(NamedTuple):
    drawing_id: UUID
    revision: int
    label: int
    event_id: int | None
    owner_id: int
    copy_id: int | None
    """The SnapshotDrawing of an earlier snapshot, if there is one."""


def find_changes(
    newest: Snapshot | None, *, report_progress: Callable[[int], object] = lambda _: None
) -> GroundTruthChanges:
    """Return the differences from the newest snapshot of this site. New users are assigned a split,
    and drawings that no earlier snapshot has at this revision are copied."""
    has_same_key = newest is not None and _has_current_pseudonyms(newest)
    compared = _compare(newest.number if newest and has_same_key else 0)
    users = _load_users({*compared.new.values(), *compared.owner_ids})
    left_out = {owner_id for owner_id, user in users.items() if user.is_left_out}
    kept = compared.lines
    if left_out:
        pairs = zip(kept, compared.owner_ids, strict=True)
        kept = array("q", (line for line, owner_id in pairs if owner_id not in left_out))
    changes = GroundTruthChanges()
    if newest and len(kept) < newest.num_items:
        changes.removed = set(newest.items.values_list("pk", flat=True)).difference(kept)
    new = sorted(key for key, owner_id in compared.new.items() if owner_id not in left_out)
    for start in range(0, len(new), ROW_BATCH_SIZE):
        batch = _load_drawings(new[start : start + ROW_BATCH_SIZE])
        _add_lines(changes.added, batch, users)
        report_progress(len(changes.added))
    return changes


class _Comparison(NamedTuple):
    """The items that equal a ground truth, the owners of their drawings, and the other drawings
    with a ground truth, each with its owner."""

    lines: array[int]
    owner_ids: array[int]
    new: dict[str, int]


def _compare(number: int) -> _Comparison:
    """Compare all ground truths with the lines of a snapshot of this site, or with none if its
    number is 0."""
    ground_truths = trainable_ground_truths().order_by()
    sql, parameters = ground_truths.values_list(*_GROUND_TRUTH_COLUMNS).query.sql_with_params()
    found = _Comparison(array("q"), array("q"), {})
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE_SQL.format(ground_truths=sql), [*parameters, number, number])
        while rows := cursor.fetchmany(ROW_BATCH_SIZE):
            for owner_id, line, drawing_id in rows:
                if line is None:
                    found.new[drawing_id] = owner_id
                else:
                    found.lines.append(line)
                    found.owner_ids.append(owner_id)
    return found


def _has_current_pseudonyms(snapshot: Snapshot) -> bool:
    """Return whether the secret key is still that of the snapshot. Otherwise the same user would
    have one pseudonym in new lines and another one in old lines."""
    items = snapshot.items.filter(drawing__owner__isnull=False).order_by("sort_key")
    found = items.values_list("drawing__owner_id", "user_pseudonym").first()
    return found is None or compute_pseudonym(found[0]) == found[1]


def trainable_ground_truths() -> QuerySet[GroundTruth]:
    """Return the ground truths that a snapshot built now would contain. Labels that too few
    reviewers agree on are left out."""
    return GroundTruth.objects.filter(
        trainable_filter("drawing__"),
        confirmed_filter(count_active_reviewers()),
        value__isnull=False,
        is_set_aside=False,
        revision=F("drawing__revision"),
    )


def _load_users(owner_ids: Collection[int]) -> dict[int, _SnapshotUser]:
    """Return the owners. New ones are assigned a split."""
    users, ids = dict[int, _SnapshotUser](), sorted(owner_ids)
    for start in range(0, len(ids), USER_BATCH_SIZE):
        owners = User.objects.filter(pk__in=ids[start : start + USER_BATCH_SIZE])
        assign_splits(owners.filter(split="").values_list("pk", flat=True))
        splits = dict(owners.values_list("pk", "split"))
        held_out = [owner_id for owner_id, split in splits.items() if split == Split.HOLDOUT]
        left_out = set(held_out) - filter_established(held_out)
        for owner_id, split in splits.items():
            users[owner_id] = _SnapshotUser(Split(split).value, owner_id in left_out)
    return users


def _load_drawings(ids: Collection[str]) -> list[_LabelledDrawing]:
    copy = SnapshotDrawing.objects.filter(
        drawing_id=OuterRef("drawing_id"), revision=OuterRef("revision")
    )
    rows: Any = trainable_ground_truths().filter(pk__in=map(UUID, ids)).order_by("drawing_id")
    columns = ("drawing_id", "revision", "value", "label_id", "drawing__owner")
    return [
        _LabelledDrawing(*row) for row in rows.values_list(*columns, Subquery(copy.values("pk")))
    ]


def _add_lines(
    added: LineBuffer, batch: list[_LabelledDrawing], users: Mapping[int, _SnapshotUser]
) -> None:
    copies, find_pseudonym = _capture_new(batch), cache(compute_pseudonym)
    for one in batch:
        user, copy_id = users[one.owner_id], one.copy_id or copies.get(one.drawing_id)
        # Without a copy, the drawing is being changed or erased.
        if copy_id is not None and not user.is_left_out:
            rest = (*one[2:4], user.split, find_pseudonym(one.owner_id))
            added.add(StoredLine(one.drawing_id, copy_id, *rest))


def _capture_new(batch: list[_LabelledDrawing]) -> dict[UUID, int]:
    """Copy the drawings that no earlier snapshot has at this revision, and return the ids of the
    copies."""
    new = [one for one in batch if one.copy_id is None]
    captured = dict[UUID, SnapshotDrawing]()
    for start in range(0, len(new), CAPTURED_BATCH_SIZE):
        some = new[start : start + CAPTURED_BATCH_SIZE]
        with transaction.atomic():
            captured |= capture_drawings({one.drawing_id: one.revision for one in some})
    return {drawing_id: copy.pk for drawing_id, copy in captured.items()}
