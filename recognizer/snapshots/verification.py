"""Verification of snapshots: the manifest is written and every ink hashed again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from recognizer.models import Snapshot
from recognizer.snapshots.drawing_copies import hash_ink
from recognizer.snapshots.manifest import iter_manifest
from recognizer.snapshots.training_samples import iter_row_batches

DRAWING_BATCH_SIZE = 500


@dataclass(frozen=True)
class Verification:
    """`altered` counts the drawings whose ink does not match its hash. Erased drawings are not
    checked."""

    sha256: str
    expected: str
    altered: int

    @property
    def is_valid(self) -> bool:
        return self.sha256 == self.expected and not self.altered


def verify_snapshot(snapshot: Snapshot) -> Verification:
    """Recompute all hashes. This reads the whole snapshot, batch by batch."""
    computed = hashlib.sha256()
    for chunk in iter_manifest(snapshot):
        computed.update(chunk)
    return Verification(computed.hexdigest(), snapshot.sha256, _count_altered(snapshot))


def _count_altered(snapshot: Snapshot) -> int:
    items = snapshot.items.filter(drawing__erased_at=None)
    columns = ("drawing__ink", "drawing__raster", "drawing__ink_sha256")
    return sum(
        hash_ink(ink, bytes(raster or b"")) != sha256
        for batch in iter_row_batches(snapshot, items, columns, size=DRAWING_BATCH_SIZE)
        for _, ink, raster, sha256 in batch
    )
