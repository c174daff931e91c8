"""The last step of every snapshot: its row and all its lines at once, or the one that is there."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from recognizer.db.sql import to_db_uuid
from recognizer.models import Snapshot, User
from recognizer.snapshots.manifest import Manifest

_INSERT_ITEMS = """
INSERT INTO recognizer_snapshotitem
  (snapshot_id, drawing_id, label, event_id, split, user_pseudonym)
VALUES (%s, %s, %s, %s, %s, %s)
"""


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


def _item_rows(snapshot: Snapshot, manifest: Manifest) -> Any:
    """A generator, which both drivers read as well as a list."""
    key = to_db_uuid(snapshot.pk)
    return ((key, *entry) for entry in manifest.entries)
