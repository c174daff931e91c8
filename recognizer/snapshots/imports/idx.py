"""IDX files in a zip, as the export writes them and as MNIST names them."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO

from recognizer.models import Split
from recognizer.snapshots.exports.idx import IMAGES, LABELS, NAMES, SIDE
from recognizer.snapshots.imports.incoming import (
    PERSON_LENGTH,
    CannotImport,
    CannotTake,
    Incoming,
    Refusal,
    check_raster,
    read_byte_label,
)

IMAGE_BYTES = SIDE * SIDE


def has_idx(archive: zipfile.ZipFile) -> bool:
    names = set(archive.namelist())
    return any(_images(name) in names for name in NAMES.values())


def read_idx(archive: zipfile.ZipFile) -> Iterator[Incoming | Refusal]:
    """What both sides hold; one of them may be missing. Raises CannotImport."""
    names = set(archive.namelist())
    for split, name in NAMES.items():
        if _images(name) in names:
            yield from _read_side(archive, name, split)


def _images(name: str) -> str:
    return f"{name}-images-idx3-ubyte"


def _read_side(archive: zipfile.ZipFile, name: str, split: Split) -> Iterator[Incoming | Refusal]:
    with ExitStack() as stack:
        images = stack.enter_context(archive.open(_images(name)))
        count = _check(archive, _images(name), images, (IMAGES, SIDE, SIDE), IMAGE_BYTES)
        labels = _open(archive, stack, f"{name}-labels-idx1-ubyte")
        if labels is None:
            raise CannotImport("unreadable", f"The labels of {name} are missing.")
        if _check(archive, f"{name}-labels-idx1-ubyte", labels, (LABELS,), 1) != count:
            raise CannotImport("unreadable", f"There are not as many labels of {name} as images.")
        people = _open(archive, stack, f"{name}-users.txt")
        for number in range(1, count + 1):
            raster, label = images.read(IMAGE_BYTES), labels.read(1)[0]
            person = _read_person(people) if people else ""
            yield _one(f"{name} image {number}", split, label, raster, person)


def _open(archive: zipfile.ZipFile, stack: ExitStack, name: str) -> IO[bytes] | None:
    return stack.enter_context(archive.open(name)) if name in archive.namelist() else None


def _check(
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


def _read_person(people: IO[bytes]) -> str:
    return people.readline(4 * PERSON_LENGTH).decode(errors="replace").strip()[:PERSON_LENGTH]


def _one(place: str, split: Split, label: int, raster: bytes, person: str) -> Incoming | Refusal:
    try:
        value, checked = read_byte_label(label), check_raster(raster)
    except CannotTake as error:
        return Refusal(place, str(error))
    return Incoming(place, value, person, split.value, "", "", checked)
