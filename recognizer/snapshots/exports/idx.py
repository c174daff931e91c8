"""IDX, the form in which MNIST comes: images and labels of both sides, in a zip."""

from __future__ import annotations

import io
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from recognizer.models import Snapshot, Split
from recognizer.snapshots.exports.packing import Packing
from recognizer.snapshots.exports.seen import read_seen

NAMES = {Split.TRAINING: "train", Split.HOLDOUT: "t10k"}
"""MNIST's own words for the two sides."""
IMAGES, LABELS = 0x803, 0x801  # unsigned bytes in three dimensions, and in one
SIDE = 28
FORM = """\
train-* and t10k-* (the holdout): images and labels in the IDX form of MNIST, and the user of each
image, one a line."""
HELD_BYTES = 1024 * 1024


@dataclass
class _Side:
    """One side while it is gathered: a header has to say how many there are."""

    images: IO[bytes]
    labels: bytearray = field(default_factory=bytearray)
    people: list[str] = field(default_factory=list)


def export_idx(snapshot: Snapshot) -> Iterator[bytes]:
    packing = Packing(snapshot)
    for split, name in NAMES.items():
        with tempfile.SpooledTemporaryFile(HELD_BYTES) as images:
            side = _Side(images)
            _gather(packing, snapshot, split, side)
            yield from _write(packing, name, side)
    yield packing.close(FORM)


def _gather(packing: Packing, snapshot: Snapshot, split: Split, side: _Side) -> None:
    for page in read_seen(snapshot, split=split.value):
        for sample, raster in page:
            if raster is None:
                packing.unseen += 1
                continue
            side.images.write(raster)
            side.labels.append(sample.label)
            side.people.append(sample.person)


def _write(packing: Packing, name: str, side: _Side) -> Iterator[bytes]:
    count = len(side.labels)
    packing.written += count
    head = io.BytesIO(struct.pack(">4I", IMAGES, count, SIDE, SIDE))
    yield from packing.copy(f"{name}-images-idx3-ubyte", head, side.images)
    labels = io.BytesIO(struct.pack(">2I", LABELS, count) + side.labels)
    yield from packing.copy(f"{name}-labels-idx1-ubyte", labels)
    people = io.BytesIO("".join(f"{person}\n" for person in side.people).encode())
    yield from packing.copy(f"{name}-users.txt", people)
