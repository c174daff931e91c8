"""Manifests of snapshots: one line per drawing, sorted by drawing, and the SHA-256 of the whole.

The text is not stored but written from the rows again. So the hash can be verified as long as the
snapshot exists, even if drawings were erased.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

import orjson

from recognizer.models import NOT_A_DIGIT_LABEL, Snapshot, SnapshotItem, Split
from recognizer.protocol import JSON
from recognizer.snapshots.training_samples import iter_row_batches

HEADER = "digitsite snapshot 1\n"
LINE_BATCH_SIZE = 2_000
NO_EVENT = -1  # of imported drawings; stored as NULL
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


class Manifest:
    """A manifest under construction. Lines must be added in the order of (drawing, revision). About
    25 bytes per line are kept in memory, and the pseudonym of each user."""

    def __init__(self) -> None:
        self.counts = {split.value: [0] * (NOT_A_DIGIT_LABEL + 1) for split in Split}
        self._hash = hashlib.sha256(HEADER.encode())
        self._drawing_ids, self._event_ids = array("q"), array("q")
        self._labels, self._users = bytearray(), array("l")
        self._user_numbers: dict[tuple[str, str], int] = {}

    def __len__(self) -> int:
        return len(self._labels)

    def add(self, line: ManifestLine, *, snapshot_drawing_id: int) -> None:
        self._hash.update(line.to_bytes())
        self.counts[line.split][line.label] += 1
        self._drawing_ids.append(snapshot_drawing_id)
        self._labels.append(line.label)
        self._event_ids.append(NO_EVENT if line.event_id is None else line.event_id)
        user = (line.split, line.user_pseudonym)
        self._users.append(self._user_numbers.setdefault(user, len(self._user_numbers)))

    def iter_entries(self) -> Iterator[ManifestEntry]:
        users = list(self._user_numbers)
        columns = zip(self._drawing_ids, self._labels, self._event_ids, self._users, strict=True)
        for drawing_id, label, event_id, user in columns:
            known_event_id = None if event_id == NO_EVENT else event_id
            yield ManifestEntry(drawing_id, label, known_event_id, *users[user])

    @property
    def users(self) -> dict[str, set[str]]:
        """The pseudonyms of the users in each split."""
        pairs = list(self._user_numbers)
        return {split.value: {name for of, name in pairs if of == split} for split in Split}

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
    for page in iter_row_batches(snapshot, items, LINE_COLUMNS, size=LINE_BATCH_SIZE):
        yield b"".join(ManifestLine(*row[1:]).to_bytes() for row in page)
