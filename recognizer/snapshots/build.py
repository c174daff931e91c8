"""Snapshots of the labels that are agreed now.

A snapshot contains the trainable drawings with current ground truth that are not set aside. They
are read in batches with separate transactions, so users who draw do not have to wait.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, OuterRef, QuerySet, Subquery

from recognizer.base_errors import CodedError
from recognizer.db.portable_sql import to_db_uuid
from recognizer.drawings.recent_and_trainable_conditions import trainable_filter
from recognizer.models import GroundTruth, Snapshot, SnapshotDrawing, Split, User
from recognizer.review.double_review_and_gold_items import (
    confirmed_filter,
    count_active_reviewers,
)
from recognizer.review.reviewers.reviewer_suspension import suspend_unreliable_reviewers
from recognizer.snapshots.diff import diff_snapshots
from recognizer.snapshots.drawing_copies import capture_drawings
from recognizer.snapshots.ground_truth_state import (
    GroundTruthState,
    find_snapshot,
    load_state,
    remember_snapshot,
)
from recognizer.snapshots.manifest import Manifest, ManifestLine
from recognizer.snapshots.set_statistics import count_excluded, list_top_contributors
from recognizer.snapshots.user_splits_and_pseudonyms import (
    assign_splits,
    compute_pseudonym,
    filter_established,
)
from recognizer.webhooks.events import emit_snapshot

ROW_BATCH_SIZE = 2_000
CAPTURED_BATCH_SIZE = 500
USER_BATCH_SIZE = 500
MAX_NOTE_LENGTH = 200
NO_DRAWINGS_MESSAGE = "There is no trainable drawing with an agreed label. Review some drawings."

_INSERT_ITEMS = """
INSERT INTO recognizer_snapshotitem
  (snapshot_id, drawing_id, label, event_id, split, user_pseudonym)
VALUES (%s, %s, %s, %s, %s, %s)
"""
_COPY_ITEMS = """
COPY recognizer_snapshotitem
  (snapshot_id, drawing_id, label, event_id, split, user_pseudonym)
FROM STDIN
"""


class CannotBuild(CodedError):
    """`code` is no_training_data or note_too_long."""

    statuses: ClassVar[Mapping[str, int]] = {"no_training_data": 409}


class _LabelledDrawing(NamedTuple):
    drawing_id: UUID
    revision: int
    label: int
    event_id: int | None
    owner_id: int
    copy_id: int | None
    """The SnapshotDrawing of an earlier snapshot, if there is one."""
    ink_sha256: str | None


class _SnapshotUser(NamedTuple):
    split: str
    pseudonym: str
    is_left_out: bool
    """A holdout user whose account is not established yet."""


def build_snapshot(
    *, by: User | None, note: str = "", report_progress: Callable[[int], object] = lambda _: None
) -> Snapshot:
    """Return the snapshot of all agreed labels. Equal ground truth gives the existing snapshot.

    `report_progress` is called with the number of drawings so far. Raises CannotBuild.
    """
    if len(note) > MAX_NOTE_LENGTH:
        raise CannotBuild("note_too_long", f"Shorten the note to {MAX_NOTE_LENGTH} characters.")
    suspend_unreliable_reviewers()
    users = dict[int, _SnapshotUser]()
    current = load_state(trainable_ground_truths())
    _add_users(current.owner_ids, users)
    if (unchanged := find_snapshot(current.digest(users))) is not None:
        return unchanged
    manifest, state, is_complete = Manifest(), GroundTruthState(), True
    for batch in _iter_batches():
        _add_users({one.owner_id for one in batch}, users)
        captured = _capture_new(batch)
        for one in batch:
            user = users[one.owner_id]
            state.add(*one[:5])
            copy = captured.get(one.drawing_id)
            copy_id, sha256 = (copy.pk, copy.ink_sha256) if copy else (one.copy_id, one.ink_sha256)
            if copy_id is None or sha256 is None:  # it is being changed or erased
                is_complete = False
            elif not user.is_left_out:
                line = ManifestLine(*one[:2], sha256, *one[2:4], user.split, user.pseudonym)
                manifest.add(line, snapshot_drawing_id=copy_id)
        report_progress(len(manifest))
    if not manifest:
        raise CannotBuild("no_training_data", NO_DRAWINGS_MESSAGE)
    snapshot = freeze_snapshot(manifest, by=by, note=note)
    if is_complete:
        remember_snapshot(state.digest(users), snapshot)
    return snapshot


def freeze_snapshot(
    manifest: Manifest, *, by: User | None, note: str, is_imported: bool = False
) -> Snapshot:
    """Store the row and all items of a manifest, or return the existing snapshot with its hash.

    The hash is unique: of two concurrent processes, the second waits for the first and finds its
    snapshot.
    """
    with transaction.atomic():
        snapshot, is_new = Snapshot.objects.get_or_create(
            sha256=manifest.sha256,
            defaults={
                "by": by,
                "note": note,
                "counts": manifest.counts_json(),
                "is_imported": is_imported,
            },
        )
        if is_new:
            key = to_db_uuid(snapshot.pk)
            rows: Any = ((key, *entry) for entry in manifest.iter_entries())
            _insert_items(rows)
            emit_snapshot(snapshot)
    if is_new and connection.vendor == "postgresql":
        # Autovacuum does it within a minute. Before it PostgreSQL expects few lines, and sorts all
        # of them for each batch of an export or a run: 2 s instead of 0.02 with 100,000 lines.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE recognizer_snapshotitem")
    if is_new:
        _store_statistics(snapshot)
    return snapshot


def _store_statistics(snapshot: Snapshot) -> None:
    """Count a new snapshot and compare it with the previous one, so that no page has to."""
    count_excluded(snapshot)
    list_top_contributors(snapshot)
    earlier = Snapshot.objects.filter(is_imported=False, created_at__lte=snapshot.created_at)
    previous = earlier.exclude(pk=snapshot.pk).first()
    if previous and not snapshot.is_imported:
        diff_snapshots(previous, snapshot)


def _insert_items(rows: Any) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # a third of the time of single inserts
            with cursor.copy(_COPY_ITEMS) as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(_INSERT_ITEMS, rows)


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


def _capture_new(batch: list[_LabelledDrawing]) -> dict[UUID, SnapshotDrawing]:
    """Copy the drawings that no earlier snapshot has at this revision."""
    new = [one for one in batch if one.copy_id is None]
    captured = dict[UUID, SnapshotDrawing]()
    for start in range(0, len(new), CAPTURED_BATCH_SIZE):
        some = new[start : start + CAPTURED_BATCH_SIZE]
        with transaction.atomic():
            captured |= capture_drawings({one.drawing_id: one.revision for one in some})
    return captured


def _iter_batches() -> Iterator[list[_LabelledDrawing]]:
    copy = SnapshotDrawing.objects.filter(
        drawing_id=OuterRef("drawing_id"), revision=OuterRef("revision")
    )
    rows: Any = (
        trainable_ground_truths()
        .order_by("drawing_id")
        .values_list(
            *("drawing_id", "revision", "value", "label_id", "drawing__owner"),
            *(Subquery(copy.values("pk")), Subquery(copy.values("ink_sha256"))),
        )
    )
    ids = GroundTruth.objects.order_by("pk").values_list("pk", flat=True)
    last: UUID | None = UUID(int=0)
    # Each batch is a range of ids: no database sorts all remaining rows for it.
    while last is not None:
        batch = rows.filter(pk__gt=last)
        last = ids.filter(pk__gt=last)[ROW_BATCH_SIZE - 1 : ROW_BATCH_SIZE].first()
        if last is not None:
            batch = batch.filter(pk__lte=last)
        yield [_LabelledDrawing(*row) for row in batch]


def _add_users(owner_ids: Collection[int], users: dict[int, _SnapshotUser]) -> None:
    """Add these owners. New ones are assigned a split."""
    new = sorted(set(owner_ids) - users.keys())
    for start in range(0, len(new), USER_BATCH_SIZE):
        owners = User.objects.filter(pk__in=new[start : start + USER_BATCH_SIZE])
        assign_splits(owners.filter(split="").values_list("pk", flat=True))
        splits = dict(owners.values_list("pk", "split"))
        held_out = [owner_id for owner_id, split in splits.items() if split == Split.HOLDOUT]
        left_out = set(held_out) - filter_established(held_out)
        for owner_id, split in splits.items():
            users[owner_id] = _SnapshotUser(
                Split(split).value, compute_pseudonym(owner_id), owner_id in left_out
            )
