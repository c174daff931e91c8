"""Snapshots of the labels that are agreed now.

A snapshot contains the trainable drawings with current ground truth that are not set aside. Only
the lines that differ from the newest snapshot are stored, in one short transaction: users who draw
do not have to wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from itertools import chain, islice
from typing import Any, ClassVar

from django.db import connection, transaction

from recognizer.base_errors import CodedError
from recognizer.db.portable_sql import to_db_uuid
from recognizer.models import MAX_NUMBER, Snapshot, SnapshotDrawing, SnapshotItem, User
from recognizer.review.reviewers.reviewer_suspension import suspend_unreliable_reviewers
from recognizer.snapshots.diff import diff_snapshots
from recognizer.snapshots.ground_truth_changes import GroundTruthChanges, find_changes
from recognizer.snapshots.manifest import (
    LineBuffer,
    Manifest,
    ManifestLine,
    StoredLine,
    iter_lines,
)
from recognizer.snapshots.set_statistics import store_counts, store_top_contributors
from recognizer.webhooks.events import emit_snapshot

LINE_BATCH_SIZE = 2_000
MAX_NOTE_LENGTH = 200
NO_DRAWINGS_MESSAGE = "There is no trainable drawing with an agreed label. Review some drawings."

_INSERT_ITEMS = """
INSERT INTO recognizer_snapshotitem
  (series, first_number, last_number, sort_key, drawing_id, label, event_id, split, user_pseudonym)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_COPY_ITEMS = """
COPY recognizer_snapshotitem
  (series, first_number, last_number, sort_key, drawing_id, label, event_id, split, user_pseudonym)
FROM STDIN
"""


class CannotBuild(CodedError):
    """`code` is no_training_data or note_too_long."""

    statuses: ClassVar[Mapping[str, int]] = {"no_training_data": 409}


class _NewerSnapshot(Exception):
    """Another process has stored a snapshot since the changes were found."""


def build_snapshot(
    *, by: User | None, note: str = "", report_progress: Callable[[int], object] = lambda _: None
) -> Snapshot:
    """Return the snapshot of all agreed labels. Equal ground truth gives the existing snapshot.

    `report_progress` is called with the number of drawings so far. Raises CannotBuild.
    """
    if len(note) > MAX_NOTE_LENGTH:
        raise CannotBuild("note_too_long", f"Shorten the note to {MAX_NOTE_LENGTH} characters.")
    suspend_unreliable_reviewers()
    while True:
        newest = _find_newest()
        changes = find_changes(newest, report_progress=report_progress)
        if newest and not changes:
            return newest
        manifest = _make_manifest(newest, changes, report_progress)
        if not manifest:
            raise CannotBuild("no_training_data", NO_DRAWINGS_MESSAGE)
        try:
            return _freeze_changes(manifest, changes, newest, by=by, note=note)
        except _NewerSnapshot:
            continue


def freeze_import(manifest: Manifest, lines: LineBuffer, *, by: User | None, note: str) -> Snapshot:
    """Store an imported snapshot, or return the existing one with its hash."""
    with transaction.atomic():
        _lock_snapshots()
        snapshot, is_new = _get_or_create(manifest, by=by, note=note, is_imported=True)
        if is_new:
            _insert_items(snapshot, lines)
            emit_snapshot(snapshot)
    if is_new:
        _prepare_reads(snapshot, manifest, None)
    return snapshot


def _freeze_changes(
    manifest: Manifest,
    changes: GroundTruthChanges,
    newest: Snapshot | None,
    *,
    by: User | None,
    note: str,
) -> Snapshot:
    """Store the snapshot that follows the newest one, or return the existing one with its hash.
    Raises _NewerSnapshot."""
    with transaction.atomic():
        _lock_snapshots()
        if _find_newest() != newest:
            raise _NewerSnapshot
        snapshot, is_new = _get_or_create(manifest, by=by, note=note, is_imported=False)
        if is_new:
            _end_items(changes.removed, newest)
            _insert_items(snapshot, changes.added)
            emit_snapshot(snapshot)
    if is_new:
        _prepare_reads(snapshot, manifest, newest)
        if newest:
            diff_snapshots(newest, snapshot)
    return snapshot


def _find_newest() -> Snapshot | None:
    return Snapshot.objects.filter(is_imported=False).order_by("-number").first()


def _make_manifest(
    newest: Snapshot | None,
    changes: GroundTruthChanges,
    report_progress: Callable[[int], object],
) -> Manifest:
    """Return the manifest of the next snapshot: the lines of the newest one with the changes."""
    manifest = Manifest()
    added = _iter_added(changes.added)
    next_added = next(added, None)
    for page in iter_lines(newest) if newest else ():
        lines = [line for id, line in page if id not in changes.removed]
        while next_added and page and next_added[0] <= page[-1][1][0]:
            lines.append(next_added)
            next_added = next(added, None)
        manifest.add(sorted(lines))
        report_progress(len(manifest))
    rest = chain([next_added], added) if next_added else added
    while lines := list(islice(rest, LINE_BATCH_SIZE)):
        manifest.add(lines)
    return manifest


def _iter_added(buffer: LineBuffer) -> Iterator[ManifestLine]:
    lines = iter(buffer)
    while batch := list(islice(lines, LINE_BATCH_SIZE)):
        ids = [line.snapshot_drawing_id for line in batch]
        copies = SnapshotDrawing.objects.defer("ink", "raster").in_bulk(ids)
        for line in batch:
            copy = copies[line.snapshot_drawing_id]
            drawing_id = str(to_db_uuid(copy.drawing_id))
            yield ManifestLine(drawing_id, copy.revision, copy.ink_sha256, *line[2:])


def _lock_snapshots() -> None:
    """Let other transactions that store snapshots wait. On SQLite, all writers wait anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE recognizer_snapshot IN SHARE ROW EXCLUSIVE MODE")


def _get_or_create(
    manifest: Manifest, *, by: User | None, note: str, is_imported: bool
) -> tuple[Snapshot, bool]:
    return Snapshot.objects.get_or_create(
        sha256=manifest.sha256,
        defaults={
            "by": by,
            "note": note,
            "counts": manifest.counts_json(),
            "is_imported": is_imported,
        },
    )


def _end_items(removed: Set[int], newest: Snapshot | None) -> None:
    ids = iter(removed)
    while newest and (some := list(islice(ids, LINE_BATCH_SIZE))):
        SnapshotItem.objects.filter(pk__in=some).update(last_number=newest.number)


def _insert_items(snapshot: Snapshot, lines: Iterable[StoredLine]) -> None:
    numbers = (snapshot.series, snapshot.number, MAX_NUMBER)
    rows: Any = ((*numbers, to_db_uuid(line[0]), *line[1:]) for line in lines)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # a third of the time of single inserts
            with cursor.copy(_COPY_ITEMS) as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(_INSERT_ITEMS, rows)


def _prepare_reads(snapshot: Snapshot, manifest: Manifest, previous: Snapshot | None) -> None:
    """Let the database plan with the new lines, and count them, so that no page has to."""
    if connection.vendor == "postgresql":
        # Autovacuum does it within a minute. Before it PostgreSQL expects few lines, and sorts all
        # of them for each batch of an export or a run: 2 s instead of 0.02 with 100,000 lines.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE recognizer_snapshotitem")
    store_counts(snapshot, previous)
    store_top_contributors(snapshot, manifest)
