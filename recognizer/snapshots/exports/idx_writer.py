"""IDX, the form in which MNIST comes: images and labels of both sides, in a zip."""

from __future__ import annotations

import io
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from recognizer.models import Snapshot, Split
from recognizer.snapshots.exports.raster_batches import iter_raster_batches
from recognizer.snapshots.exports.zip_stream import ZipStream

SPLIT_FILE_NAMES = {Split.TRAINING: "train", Split.HOLDOUT: "t10k"}
"""MNIST's own words for the two sides."""
IMAGES_MAGIC, LABELS_MAGIC = 0x803, 0x801  # unsigned bytes in three dimensions, and in one
RASTER_SIZE = 28
README_TEXT = """\
train-* and t10k-* (the holdout): images and labels in the IDX form of MNIST, and the user of each
image, one a line."""
MAX_BUFFER_BYTES = 1024 * 1024


@dataclass
class _SplitBuffer:
    """One side while it is gathered: a header has to say how many there are."""

    images: IO[bytes]
    labels: bytearray = field(default_factory=bytearray)
    people: list[str] = field(default_factory=list)


def export_idx(snapshot: Snapshot) -> Iterator[bytes]:
    packing = ZipStream(snapshot)
    for split, name in SPLIT_FILE_NAMES.items():
        with tempfile.SpooledTemporaryFile(MAX_BUFFER_BYTES) as images:
            side = _SplitBuffer(images)
            _collect_split(packing, snapshot, split, side)
            yield from _write_split(packing, name, side)
    yield packing.close(README_TEXT)


def _collect_split(
    packing: ZipStream, snapshot: Snapshot, split: Split, side: _SplitBuffer
) -> None:
    for page in iter_raster_batches(snapshot, split=split.value):
        for sample, raster in page:
            if raster is None:
                packing.unseen += 1
                continue
            side.images.write(raster)
            side.labels.append(sample.label)
            side.people.append(sample.person)


def _write_split(packing: ZipStream, name: str, side: _SplitBuffer) -> Iterator[bytes]:
    count = len(side.labels)
    packing.written += count
    head = io.BytesIO(struct.pack(">4I", IMAGES_MAGIC, count, RASTER_SIZE, RASTER_SIZE))
    yield from packing.copy(f"{name}-images-idx3-ubyte", head, side.images)
    labels = io.BytesIO(struct.pack(">2I", LABELS_MAGIC, count) + side.labels)
    yield from packing.copy(f"{name}-labels-idx1-ubyte", labels)
    people = io.BytesIO("".join(f"{person}\n" for person in side.people).encode())
    yield from packing.copy(f"{name}-users.txt", people)
