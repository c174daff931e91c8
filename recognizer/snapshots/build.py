"""A snapshot of what is agreed now.

What enters: drawings with a truth at their newest revision, recognized, neither deleted nor set
aside, of people who let their drawings teach. They are read in pieces, each in a transaction of
its own, so that nobody who draws waits for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, QuerySet

from recognizer.db.sql import to_db_uuid
from recognizer.models import GroundTruth, Snapshot, Split, Status, User
from recognizer.snapshots.manifest import Manifest, ManifestLine
from recognizer.snapshots.snapshot_drawings import capture_drawings
from recognizer.snapshots.user_splits import assign_splits, compute_pseudonym

DRAWING_BATCH_SIZE = 500
MAX_NOTE_LENGTH = 200

_INSERT_ITEMS = """
INSERT INTO recognizer_snapshotitem
  (snapshot_id, drawing_id, label, event_id, split, user_pseudonym)
VALUES (%s, %s, %s, %s, %s, %s)
"""


class CannotBuild(Exception):
    """`code` is no_training_data or note_too_long."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class _LabelledDrawing(NamedTuple):
    drawing_id: UUID
    revision: int
    label: int
    event_id: int | None
    owner_id: int
    split: str


class _SnapshotUser(NamedTuple):
    split: str
    name: str


def build_snapshot(*, by: User | None, note: str = "") -> Snapshot:
    """The snapshot of what is agreed; the same truths are the same snapshot, not a second one.

    Raises CannotBuild.
    """
    if len(note) > MAX_NOTE_LENGTH:
        raise CannotBuild("note_too_long", f"A note has {MAX_NOTE_LENGTH} characters at most.")
    manifest, people = Manifest(), dict[int, _SnapshotUser]()
    for page in _iter_batches():
        _add_users(page, people)
        with transaction.atomic():
            samples = capture_drawings({one.drawing_id: one.revision for one in page})
        for one in page:
            if (sample := samples.get(one.drawing_id)) is not None:
                person = people[one.owner_id]
                line = ManifestLine(
                    *one[:2], sample.ink_sha256, *one[2:4], person.split, person.name
                )
                manifest.add(line, snapshot_drawing_id=sample.pk)
    if not manifest.entries:
        raise CannotBuild("no_training_data", "No drawing that may teach has an agreed label yet.")
    return freeze_snapshot(manifest, by=by, note=note)


def freeze_snapshot(
    manifest: Manifest, *, by: User | None, note: str, is_imported: bool = False
) -> Snapshot:
    """The snapshot of this manifest. The hash is unique: of two processes that seal the same, the
    second waits for the first and finds its snapshot."""
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
            with connection.cursor() as cursor:
                cursor.executemany(_INSERT_ITEMS, _item_rows(snapshot, manifest))
    return snapshot


def trainable_ground_truths() -> QuerySet[GroundTruth]:
    """The truths that a snapshot made now would hold."""
    return GroundTruth.objects.filter(
        value__isnull=False,
        is_set_aside=False,
        revision=F("drawing__revision"),
        drawing__status=Status.RECOGNIZED,
        drawing__deleted_at=None,
        drawing__owner__may_teach=True,
        drawing__owner__is_active=True,
    )


def _iter_batches() -> Iterator[list[_LabelledDrawing]]:
    rows: Any = (
        trainable_ground_truths()
        .order_by("drawing_id")
        .values_list(
            "drawing_id", "revision", "value", "label_id", "drawing__owner", "drawing__owner__split"
        )
    )
    last: UUID | None = None
    while True:
        later = rows.filter(drawing_id__gt=last) if last else rows
        page = [_LabelledDrawing(*row) for row in later[:DRAWING_BATCH_SIZE]]
        if not page:
            return
        yield page
        last = page[-1].drawing_id


def _add_users(page: list[_LabelledDrawing], people: dict[int, _SnapshotUser]) -> None:
    """Add those of the page; who comes in for the first time gets their side."""
    strangers = {one.owner_id: one.split for one in page if one.owner_id not in people}
    new = [owner_id for owner_id, split in strangers.items() if not split]
    if new:
        assign_splits(new)
        strangers |= dict(User.objects.filter(pk__in=new).values_list("pk", "split"))
    for owner_id, split in strangers.items():
        people[owner_id] = _SnapshotUser(Split(split).value, compute_pseudonym(owner_id))


def _item_rows(snapshot: Snapshot, manifest: Manifest) -> Any:
    """A generator, which both drivers read as well as a list."""
    key = to_db_uuid(snapshot.pk)
    return ((key, *entry) for entry in manifest.entries)
