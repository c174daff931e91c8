"""Manifests of snapshots: one line per drawing, sorted by drawing, and the SHA-256 of the whole.

The text is not stored but written from the rows again. So the hash can be verified as long as the
snapshot exists, even if drawings were erased.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

import orjson

from recognizer.models import NOT_A_DIGIT_LABEL, Snapshot, SnapshotItem, Split
from recognizer.protocol import JSON
from recognizer.snapshots.training_samples import iter_row_batches

HEADER = "digitsite snapshot 1\n"
LINE_BATCH_SIZE = 2_000
LINE_COLUMNS = (
    *("drawing__drawing_id", "drawing__revision", "drawing__ink_sha256"),
    *("label", "event_id", "split", "user_pseudonym"),
)
"""The fields of ManifestLine, in their order."""


class ManifestLine(NamedTuple):
    """One line of a manifest. `event_id` is None for imported drawings. The hash depends on the
    order of the fields."""

    drawing_id: UUID
    revision: int
    ink_sha256: str
    label: int
    event_id: int | None
    split: str
    user_pseudonym: str

    def to_bytes(self) -> bytes:
        return orjson.dumps([str(self.drawing_id), *self[1:]]) + b"\n"


class ManifestEntry(NamedTuple):
    """The columns of SnapshotItem besides its snapshot."""

    snapshot_drawing_id: int
    label: int
    event_id: int | None
    split: str
    user_pseudonym: str


@dataclass
class Manifest:
    """A manifest under construction. Lines must be added in the order of (drawing, revision). About
    200 bytes per line are kept in memory, but no ink."""

    entries: list[ManifestEntry] = field(default_factory=list)
    counts: dict[str, list[int]] = field(
        default_factory=lambda: {split.value: [0] * (NOT_A_DIGIT_LABEL + 1) for split in Split}
    )
    users: dict[str, set[str]] = field(
        default_factory=lambda: {split.value: set() for split in Split}
    )

    def __post_init__(self) -> None:
        self._hash = hashlib.sha256(HEADER.encode())

    def add(self, line: ManifestLine, *, snapshot_drawing_id: int) -> None:
        self._hash.update(line.to_bytes())
        self.entries.append(ManifestEntry(snapshot_drawing_id, *line[3:]))
        self.counts[line.split][line.label] += 1
        self.users[line.split].add(line.user_pseudonym)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def counts_json(self) -> JSON:
        """Return the value of `Snapshot.counts`."""
        users = {split: len(pseudonyms) for split, pseudonyms in self.users.items()}
        return {**self.counts, "users": users}


def iter_manifest(snapshot: Snapshot) -> Iterator[bytes]:
    """Yield the manifest of a stored snapshot: its header, then its lines in chunks."""
    yield HEADER.encode()
    items = SnapshotItem.objects.filter(snapshot=snapshot)
    for page in iter_row_batches(items, LINE_COLUMNS, size=LINE_BATCH_SIZE):
        yield b"".join(ManifestLine(*row[1:]).to_bytes() for row in page)
