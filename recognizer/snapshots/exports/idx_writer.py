"""IDX, the file format of MNIST: images and labels of both splits, in a zip."""

from __future__ import annotations

import io
import struct
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO

from recognizer.models import Snapshot, Split
from recognizer.snapshots.exports.raster_batches import iter_raster_batches
from recognizer.snapshots.exports.zip_stream import ZipStream

SPLIT_FILE_NAMES = {Split.TRAINING: "train", Split.HOLDOUT: "t10k"}
"""The names that MNIST uses for its training and test set."""
IMAGES_MAGIC, LABELS_MAGIC = 0x803, 0x801  # unsigned bytes, 3-D and 1-D
RASTER_SIZE = 28
README_TEXT = """\
train-* and t10k-* (the holdout): images and labels in the IDX format of MNIST, and one line per
image with its user, and with its drawing and revision. An import uses the latter to find out which
drawings were deleted."""
MAX_BUFFER_BYTES = 1024 * 1024


@dataclass
class _SplitBuffer:
    """Buffer of one split. The IDX header before the content needs the count."""

    images: IO[bytes]
    users: IO[bytes]
    drawings: IO[bytes]
    labels: bytearray = field(default_factory=bytearray)


def export_idx(snapshot: Snapshot) -> Iterator[bytes]:
    stream = ZipStream(snapshot)
    for split, name in SPLIT_FILE_NAMES.items():
        with ExitStack() as stack:
            images, users, drawings = (stack.enter_context(_open_buffer()) for _ in range(3))
            buffer = _SplitBuffer(images, users, drawings)
            _collect_split(stream, snapshot, split, buffer)
            yield from _write_split(stream, name, buffer)
    yield stream.close(README_TEXT)


def _collect_split(
    stream: ZipStream, snapshot: Snapshot, split: Split, buffer: _SplitBuffer
) -> None:
    for batch in iter_raster_batches(snapshot, split=split.value):
        for sample, raster in batch:
            if raster is None:
                stream.without_raster += 1
                continue
            buffer.images.write(raster)
            buffer.labels.append(sample.label)
            buffer.users.write(f"{sample.user_pseudonym}\n".encode())
            buffer.drawings.write(f"{sample.drawing_id} {sample.revision}\n".encode())


def _write_split(stream: ZipStream, name: str, buffer: _SplitBuffer) -> Iterator[bytes]:
    count = len(buffer.labels)
    stream.written += count
    header = io.BytesIO(struct.pack(">4I", IMAGES_MAGIC, count, RASTER_SIZE, RASTER_SIZE))
    yield from stream.copy(f"{name}-images-idx3-ubyte", header, buffer.images)
    labels = io.BytesIO(struct.pack(">2I", LABELS_MAGIC, count) + buffer.labels)
    yield from stream.copy(f"{name}-labels-idx1-ubyte", labels)
    yield from stream.copy(f"{name}-users.txt", buffer.users)
    yield from stream.copy(f"{name}-drawings.txt", buffer.drawings)


def _open_buffer() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(MAX_BUFFER_BYTES)
