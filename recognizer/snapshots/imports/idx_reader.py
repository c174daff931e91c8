"""Reader of IDX files in a zip, in the format of the export and of MNIST."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO

from recognizer.models import NOT_A_DIGIT_LABEL, Split
from recognizer.snapshots.exports.idx_writer import (
    IMAGES_MAGIC,
    LABELS_MAGIC,
    RASTER_SIZE,
    SPLIT_FILE_NAMES,
)
from recognizer.snapshots.imports.import_records import (
    MAX_USER_NAME_LENGTH,
    CannotImport,
    CannotImportDrawing,
    ImportRecord,
    RejectedRecord,
    check_raster,
)

IMAGE_BYTES = RASTER_SIZE * RASTER_SIZE


def has_idx(archive: zipfile.ZipFile) -> bool:
    names = set(archive.namelist())
    return any(_images_name(name) in names for name in SPLIT_FILE_NAMES.values())


def parse_idx(archive: zipfile.ZipFile) -> Iterator[ImportRecord | RejectedRecord]:
    """Yield the records of both splits, one of which may be missing. Raises CannotImport."""
    names = set(archive.namelist())
    for split, name in SPLIT_FILE_NAMES.items():
        if _images_name(name) in names:
            yield from _parse_split_files(archive, name, split)


def _images_name(name: str) -> str:
    return f"{name}-images-idx3-ubyte"


def _parse_split_files(
    archive: zipfile.ZipFile, name: str, split: Split
) -> Iterator[ImportRecord | RejectedRecord]:
    with ExitStack() as stack:
        images = stack.enter_context(archive.open(_images_name(name)))
        count = _check_header(
            archive,
            _images_name(name),
            images,
            (IMAGES_MAGIC, RASTER_SIZE, RASTER_SIZE),
            IMAGE_BYTES,
        )
        labels = _open_entry(archive, stack, f"{name}-labels-idx1-ubyte")
        if labels is None:
            raise CannotImport("unreadable", f"The labels of {name} are missing.")
        if _check_header(archive, f"{name}-labels-idx1-ubyte", labels, (LABELS_MAGIC,), 1) != count:
            raise CannotImport("unreadable", f"The numbers of labels and images of {name} differ.")
        users = _open_entry(archive, stack, f"{name}-users.txt")
        for number in range(1, count + 1):
            raster, label = images.read(IMAGE_BYTES), labels.read(1)[0]
            user_name = _read_user_name(users) if users else ""
            yield _make_record(f"{name} image {number}", split, label, raster, user_name)


def _open_entry(archive: zipfile.ZipFile, stack: ExitStack, name: str) -> IO[bytes] | None:
    return stack.enter_context(archive.open(name)) if name in archive.namelist() else None


def _check_header(
    archive: zipfile.ZipFile, name: str, file: IO[bytes], header: tuple[int, ...], item_bytes: int
) -> int:
    """Return the number of records. The header must match the size of the file. Raises
    CannotImport."""
    layout = f">{1 + len(header)}I"
    try:
        magic, count, *sides = struct.unpack(layout, file.read(struct.calcsize(layout)))
    except struct.error:
        raise CannotImport("unreadable", f"{name} is truncated.") from None
    if (magic, *sides) != header:
        raise CannotImport("unreadable", f"{name} is not an IDX file of 28x28 bytes per image.")
    if archive.getinfo(name).file_size != struct.calcsize(layout) + count * item_bytes:
        raise CannotImport("unreadable", f"{name} does not have the size that its header states.")
    return int(count)


def _read_user_name(file: IO[bytes]) -> str:
    return (
        file.readline(4 * MAX_USER_NAME_LENGTH)
        .decode(errors="replace")
        .strip()[:MAX_USER_NAME_LENGTH]
    )


def _make_record(
    location: str, split: Split, label: int, raster: bytes, user_name: str
) -> ImportRecord | RejectedRecord:
    if label > NOT_A_DIGIT_LABEL:
        return RejectedRecord(location, "The label is not 0 to 10.")
    try:
        return ImportRecord(location, label, user_name, split.value, "", "", check_raster(raster))
    except CannotImportDrawing as error:
        return RejectedRecord(location, str(error))
