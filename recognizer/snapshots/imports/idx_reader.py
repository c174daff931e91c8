"""Reader of IDX files in a zip, in the format of the export and of MNIST.

The names of MNIST's publisher are read too: `train-images.idx3-ubyte`, in a folder, with a prefix
as in `emnist-digits-train-images-idx3-ubyte`, and compressed with gzip.
"""

from __future__ import annotations

import gzip
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO, cast

from django.conf import settings

from recognizer.models import NOT_A_DIGIT_LABEL, Split
from recognizer.snapshots.exports.idx_writer import IMAGES_MAGIC, LABELS_MAGIC
from recognizer.snapshots.imports.bounded_lines import iter_bounded_lines
from recognizer.snapshots.imports.import_records import (
    MAX_USER_NAME_LENGTH,
    RASTER_BYTES,
    RASTER_SIZE,
    CannotImport,
    CannotImportDrawing,
    DrawingKey,
    ImportRecord,
    RejectedRecord,
    check_raster,
    parse_key,
)

_FILE_NAME = re.compile(
    r"(?:.*[-_/])?(?P<split>train|t10k|test)-"
    r"(?:(?P<kind>images|labels)[-.]idx[13]-ubyte(?:\.gz)?|(?P<lines>users|drawings)\.txt)"
)
SPLITS = {"train": Split.TRAINING, "t10k": Split.HOLDOUT, "test": Split.HOLDOUT}
MAX_LINE_BYTES = 4 * MAX_USER_NAME_LENGTH
OVERLONG_NAME = f"The user name is longer than {MAX_USER_NAME_LENGTH} characters."

IdxFiles = dict[Split, dict[str, str]]
"""The names in the zip by split and kind: images, labels, users, drawings."""


def find_idx_files(archive: zipfile.ZipFile) -> IdxFiles:
    """Return the IDX files of the zip, empty if it has none. Raises CannotImport if there are two
    different ones for the same part. Some publishers pack each file twice."""
    found: IdxFiles = {}
    for name in archive.namelist():
        match = _FILE_NAME.fullmatch(name)
        if match is None or name.startswith("__MACOSX/"):
            continue
        files = found.setdefault(SPLITS[match["split"]], {})
        first = files.setdefault(match["kind"] or match["lines"], name)
        if _fingerprint(archive, first) != _fingerprint(archive, name):
            raise CannotImport("unreadable", "The zip contains two files for the same images.")
    return {split: files for split, files in found.items() if {"images", "labels"} & files.keys()}


def _fingerprint(archive: zipfile.ZipFile, name: str) -> tuple[bool, int, int]:
    entry = archive.getinfo(name)
    return name.endswith(".gz"), entry.file_size, entry.CRC


def parse_idx(archive: zipfile.ZipFile, files: IdxFiles) -> Iterator[ImportRecord | RejectedRecord]:
    """Yield the records of both splits, one of which may be missing. Raises CannotImport."""
    for split in sorted(files, reverse=True):  # training first
        yield from _parse_split(archive, files[split], split)


def _parse_split(
    archive: zipfile.ZipFile, files: dict[str, str], split: Split
) -> Iterator[ImportRecord | RejectedRecord]:
    for kind in ("images", "labels"):
        if kind not in files:
            raise CannotImport("unreadable", f"The {kind} of the {split} split are missing.")
    with ExitStack() as stack:
        images = stack.enter_context(_open(archive, files["images"]))
        labels = stack.enter_context(_open(archive, files["labels"]))
        try:
            count = _read_header(files["images"], images, (IMAGES_MAGIC, RASTER_SIZE, RASTER_SIZE))
            if _read_header(files["labels"], labels, (LABELS_MAGIC,)) != count:
                raise CannotImport("unreadable", f"The {split} split has not one label per image.")
            users = _iter_lines(archive, stack, files.get("users"), count)
            drawings = _iter_lines(archive, stack, files.get("drawings"), count)
            for number in range(1, count + 1):
                raster, label = images.read(RASTER_BYTES), labels.read(1)
                if len(raster) < RASTER_BYTES or not label:
                    raise CannotImport("unreadable", f"The files of the {split} split end early.")
                location = f"{split} image {number}"
                yield _make_record(
                    location, split, label[0], raster, next(users, b""), next(drawings, b"")
                )
            next(users, None)
            next(drawings, None)
            for name, rest in (("images", images), ("labels", labels)):
                if rest.read(1):
                    raise CannotImport("unreadable", f"{files[name]} is longer than it states.")
        except (OSError, EOFError, zlib.error):  # of gzip
            raise CannotImport("unreadable", f"A file of the {split} split is damaged.") from None


def _open(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    file = archive.open(name)
    return cast(IO[bytes], gzip.GzipFile(fileobj=file)) if name.endswith(".gz") else file


def _read_header(name: str, file: IO[bytes], header: tuple[int, ...]) -> int:
    """Return the number of records. Raises CannotImport."""
    layout = f">{1 + len(header)}I"
    try:
        magic, count, *sides = struct.unpack(layout, file.read(struct.calcsize(layout)))
    except struct.error:
        raise CannotImport("unreadable", f"{name} is truncated.") from None
    if (magic, *sides) != header:
        raise CannotImport("unreadable", f"{name} is not an IDX file of 28x28 bytes per image.")
    if count > settings.IMPORT_MAX_DRAWINGS:
        limit = f"{settings.IMPORT_MAX_DRAWINGS:,}"
        raise CannotImport("too_large", f"{name} contains more than {limit} images.")
    return int(count)


def _iter_lines(
    archive: zipfile.ZipFile, stack: ExitStack, name: str | None, count: int
) -> Iterator[bytes | None]:
    """Yield one line per image, or nothing without the file. Raises CannotImport if there are fewer
    lines, or more that are not blank."""
    if name is None:
        return
    number, file = 0, stack.enter_context(archive.open(name))
    for number, line in enumerate(iter_bounded_lines(file, MAX_LINE_BYTES), start=1):
        if number <= count:
            yield line
        elif line is None or line.strip():
            break
    else:
        if number >= count:
            return
    raise CannotImport("unreadable", f"{name} does not have one line per image.")


def _make_record(
    location: str,
    split: Split,
    label: int,
    raster: bytes,
    user: bytes | None,
    drawing: bytes | None,
) -> ImportRecord | RejectedRecord:
    if label > NOT_A_DIGIT_LABEL:
        return RejectedRecord(location, "The label is not 0 to 10.")
    try:
        user_name = _parse_user_name(user)
        key = _parse_drawing(drawing)
        return ImportRecord(
            location, label, user_name, split.value, "", "", check_raster(raster), key
        )
    except CannotImportDrawing as error:
        return RejectedRecord(location, str(error))


def _parse_user_name(line: bytes | None) -> str:
    name = None if line is None else line.decode(errors="replace").strip()
    if name is None or len(name) > MAX_USER_NAME_LENGTH:
        raise CannotImportDrawing(OVERLONG_NAME)
    return name


def _parse_drawing(line: bytes | None) -> DrawingKey | None:
    fields = (line or b"").decode(errors="replace").split()
    return parse_key(*fields) if len(fields) == 2 else None
