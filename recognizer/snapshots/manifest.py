"""Manifests of snapshots: one line per drawing, sorted by drawing, and the SHA-256 of the whole.

The text is not stored but written from the rows again. So the hash can be verified as long as the
snapshot exists, even if drawings were erased.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

import orjson
from django.db.models import TextField
from django.db.models.functions import Cast

from recognizer.db.portable_sql import format_uuid
from recognizer.models import NOT_A_DIGIT_LABEL, Snapshot, Split
from recognizer.protocol import JSON
from recognizer.snapshots.training_samples import iter_row_batches

HEADER = "digitsite snapshot 1\n"
LINE_BATCH_SIZE = 2_000
NO_EVENT = -1  # of imported drawings; stored as NULL
UUID_BYTES = 16


class ManifestLine(NamedTuple):
    """One line of a manifest. `event_id` is None for imported drawings. The hash depends on the
    order of the fields."""

    drawing_id: str  # with or without dashes, the same in all lines of a manifest
    revision: int
    ink_sha256: str
    label: int
    event_id: int | None
    split: str
    user_pseudonym: str


class TopContributor(NamedTuple):
    """A user with many drawings in a snapshot."""

    user_pseudonym: str
    split: str
    num_drawings: int


class StoredLine(NamedTuple):
    """The columns of SnapshotItem besides its numbers."""

    sort_key: UUID
    snapshot_drawing_id: int
    label: int
    event_id: int | None
    split: str
    user_pseudonym: str


class LineBuffer:
    """Lines that are not stored yet. Each takes about 45 bytes, and the pseudonym of each user."""

    def __init__(self) -> None:
        self._sort_keys, self._labels = bytearray(), bytearray()
        self._drawing_ids, self._event_ids = array("q"), array("q")
        self._users = array("l")
        self._user_numbers: dict[tuple[str, str], int] = {}

    def __len__(self) -> int:
        return len(self._labels)

    def add(self, line: StoredLine) -> None:
        self._sort_keys += line.sort_key.bytes
        self._drawing_ids.append(line.snapshot_drawing_id)
        self._labels.append(line.label)
        self._event_ids.append(NO_EVENT if line.event_id is None else line.event_id)
        user = (line.split, line.user_pseudonym)
        self._users.append(self._user_numbers.setdefault(user, len(self._user_numbers)))

    def __iter__(self) -> Iterator[StoredLine]:
        users = list(self._user_numbers)
        columns = zip(self._drawing_ids, self._labels, self._event_ids, self._users, strict=True)
        for place, (drawing_id, label, event_id, user) in enumerate(columns):
            key = bytes(self._sort_keys[place * UUID_BYTES : (place + 1) * UUID_BYTES])
            known_event_id = None if event_id == NO_EVENT else event_id
            yield StoredLine(UUID(bytes=key), drawing_id, label, known_event_id, *users[user])


class Manifest:
    """The hash of a manifest and its counts. Lines must be added in their order."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256(HEADER.encode())
        self._counter: Counter[tuple[str, int]] = Counter()
        self._users: Counter[tuple[str, str]] = Counter()

    def __len__(self) -> int:
        return self._counter.total()

    def add(self, lines: Sequence[ManifestLine]) -> None:
        self._hash.update(format_lines(lines))
        self._counter.update(map(itemgetter(5, 3), lines))
        self._users.update(map(itemgetter(5, 6), lines))

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    @property
    def counts(self) -> dict[str, list[int]]:
        """The drawings of each label, by split."""
        labels = range(NOT_A_DIGIT_LABEL + 1)
        return {
            split.value: [self._counter[split.value, label] for label in labels] for split in Split
        }

    @property
    def users(self) -> dict[str, set[str]]:
        """The pseudonyms of the users in each split."""
        return {split.value: {name for of, name in self._users if of == split} for split in Split}

    def list_top_contributors(self, number: int) -> list[TopContributor]:
        """Return the users with the most lines."""
        ordered = sorted(self._users.items(), key=lambda one: (-one[1], one[0][1]))
        return [TopContributor(name, split, lines) for (split, name), lines in ordered[:number]]

    def counts_json(self) -> JSON:
        """Return the value of `Snapshot.counts`."""
        users = {split: len(pseudonyms) for split, pseudonyms in self.users.items()}
        return {**self.counts, "users": users}


def iter_lines(snapshot: Snapshot) -> Iterator[list[tuple[int, ManifestLine]]]:
    """Yield batches of the lines of a stored snapshot, each with the id of its item."""
    # Without the cast, each id would become a UUID, which takes as long as all the rest.
    drawing_id = Cast("drawing__drawing_id", TextField())
    columns = (
        *(drawing_id, "drawing__revision", "drawing__ink_sha256"),
        *("label", "event_id", "split", "user_pseudonym"),
    )
    for page in iter_row_batches(snapshot, snapshot.items, columns, size=LINE_BATCH_SIZE):
        yield [(row[0], row[1:]) for row in page]


def format_lines(lines: Iterable[ManifestLine]) -> bytes:
    """Return one JSON array per line."""
    rows = [
        (format_uuid(drawing_id), revision, sha256, label, event_id, split, pseudonym)
        for drawing_id, revision, sha256, label, event_id, split, pseudonym in lines
    ]
    # One call for all lines takes a fifth of the time. No text contains a bracket.
    return orjson.dumps(rows)[1:-1].replace(b"],[", b"]\n[") + b"\n" if rows else b""


def iter_manifest(snapshot: Snapshot) -> Iterator[bytes]:
    """Yield the manifest of a stored snapshot: its header, then its lines in chunks."""
    yield HEADER.encode()
    for page in iter_lines(snapshot):
        yield format_lines(line for _, line in page)
