"""The manifest of a snapshot: one line a drawing, in the order of drawings, and the SHA-256 of all.

The lines are not stored as text: they are written anew from the rows, so that the hash can be
verified for as long as there is a snapshot, erased drawings included.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from recognizer.models import NOT_A_DIGIT_LABEL, Snapshot, SnapshotItem, Split
from recognizer.protocol import JSON

HEADER = "digitsite snapshot 1\n"
LINE_BATCH_SIZE = 2_000


class ManifestLine(NamedTuple):
    """What one line says; `event_id` is None for what was imported."""

    drawing_id: UUID
    revision: int
    ink_sha256: str
    label: int
    event_id: int | None
    split: str
    user_pseudonym: str

    def write(self) -> bytes:
        return json.dumps([str(self.drawing_id), *self[1:]], separators=(",", ":")).encode() + b"\n"


class ManifestEntry(NamedTuple):
    """What a row of SnapshotItem holds besides its snapshot."""

    snapshot_drawing_id: int
    label: int
    event_id: int | None
    split: str
    user_pseudonym: str


@dataclass
class Manifest:
    """A manifest while it is written: lines must come in the order of (drawing, revision). About
    200 bytes a line are held; the ink never is."""

    entries: list[ManifestEntry] = field(default_factory=list)
    counts: dict[str, list[int]] = field(
        default_factory=lambda: {side.value: [0] * (NOT_A_DIGIT_LABEL + 1) for side in Split}
    )
    people: dict[str, set[str]] = field(
        default_factory=lambda: {side.value: set() for side in Split}
    )

    def __post_init__(self) -> None:
        self._hash = hashlib.sha256(HEADER.encode())

    def add(self, line: ManifestLine, *, snapshot_drawing_id: int) -> None:
        self._hash.update(line.write())
        self.entries.append(ManifestEntry(snapshot_drawing_id, *line[3:]))
        self.counts[line.split][line.label] += 1
        self.people[line.split].add(line.user_pseudonym)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def counts_json(self) -> JSON:
        """As `Snapshot.counts` keeps it."""
        users = {side: len(names) for side, names in self.people.items()}
        return {**self.counts, "users": users}


def iter_manifest(snapshot: Snapshot) -> Iterator[bytes]:
    """The manifest from the rows: its header, then its lines in pieces."""
    yield HEADER.encode()
    for lines in _iter_batches(snapshot):
        yield b"".join(line.write() for line in lines)


def _iter_batches(snapshot: Snapshot) -> Iterator[list[ManifestLine]]:
    """Lines in the order in which they were stored, which is that of the manifest."""
    rows: Any = (
        SnapshotItem.objects.filter(snapshot=snapshot)
        .order_by("pk")
        .values_list(
            "pk",
            "drawing__drawing_id",
            "drawing__revision",
            "drawing__ink_sha256",
            "label",
            "event_id",
            "split",
            "user_pseudonym",
        )
    )
    last = 0
    while page := list(rows.filter(pk__gt=last)[:LINE_BATCH_SIZE]):
        yield [ManifestLine(*row[1:]) for row in page]
        last = page[-1][0]
