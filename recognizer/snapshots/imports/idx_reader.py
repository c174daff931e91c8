"""IDX files in a zip, as the export writes them and as MNIST names them."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO

from recognizer.models import Split
from recognizer.snapshots.exports.idx_writer import (
    IMAGES_MAGIC,
    LABELS_MAGIC,
    RASTER_SIZE,
    SPLIT_FILE_NAMES,
)
from recognizer.snapshots.imports.records import (
    MAX_USER_NAME_LENGTH,
    CannotImport,
    CannotImportDrawing,
    ImportRecord,
    RejectedRecord,
    check_raster,
    parse_label_byte,
)

IMAGE_BYTES = RASTER_SIZE * RASTER_SIZE


def has_idx(archive: zipfile.ZipFile) -> bool:
    names = set(archive.namelist())
    return any(_images_name(name) in names for name in SPLIT_FILE_NAMES.values())


def parse_idx(archive: zipfile.ZipFile) -> Iterator[ImportRecord | RejectedRecord]:
    """What both sides hold; one of them may be missing. Raises CannotImport."""
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
            raise CannotImport("unreadable", f"There are not as many labels of {name} as images.")
        people = _open_entry(archive, stack, f"{name}-users.txt")
        for number in range(1, count + 1):
            raster, label = images.read(IMAGE_BYTES), labels.read(1)[0]
            person = _read_user_name(people) if people else ""
            yield _make_record(f"{name} image {number}", split, label, raster, person)


def _open_entry(archive: zipfile.ZipFile, stack: ExitStack, name: str) -> IO[bytes] | None:
    return stack.enter_context(archive.open(name)) if name in archive.namelist() else None


def _check_header(
    archive: zipfile.ZipFile, name: str, file: IO[bytes], header: tuple[int, ...], each: int
) -> int:
    """How many there are; the header and the size of the file must say the same."""
    form = f">{1 + len(header)}I"
    try:
        magic, count, *sides = struct.unpack(form, file.read(struct.calcsize(form)))
    except struct.error:
        raise CannotImport("unreadable", f"{name} is cut off.") from None
    if (magic, *sides) != header:
        raise CannotImport("unreadable", f"{name} is not IDX of 28x28 bytes.")
    if archive.getinfo(name).file_size != struct.calcsize(form) + count * each:
        raise CannotImport("unreadable", f"{name} is not as long as it says.")
    return int(count)


def _read_user_name(people: IO[bytes]) -> str:
    return (
        people.readline(4 * MAX_USER_NAME_LENGTH)
        .decode(errors="replace")
        .strip()[:MAX_USER_NAME_LENGTH]
    )


def _make_record(
    place: str, split: Split, label: int, raster: bytes, person: str
) -> ImportRecord | RejectedRecord:
    try:
        value, checked = parse_label_byte(label), check_raster(raster)
    except CannotImportDrawing as error:
        return RejectedRecord(place, str(error))
    return ImportRecord(place, value, person, split.value, "", "", checked)
