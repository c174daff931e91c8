"""PNG pictures with labels.csv, as the export writes them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator

from django.conf import settings
from PIL import Image

from recognizer.pictures import CannotReadPicture, read_header
from recognizer.snapshots.imports.archive import read_small
from recognizer.snapshots.imports.incoming import (
    CannotImport,
    CannotTake,
    Incoming,
    Refusal,
    check_raster,
    read_label,
    read_person,
    read_pointer,
    read_split,
)

TABLE = "labels.csv"
NEEDED = {"file", "label"}
SIDE = 28
PICTURE_MAX_BYTES = 16 * 1024


def read_pictures(archive: zipfile.ZipFile) -> Iterator[Incoming | Refusal]:
    """What every row of the table holds. Raises CannotImport."""
    with archive.open(TABLE) as raw:
        rows = csv.DictReader(
            _bounded_lines(io.TextIOWrapper(raw, "utf-8-sig", newline="")), restkey=""
        )
        try:
            if not set(rows.fieldnames or ()) >= NEEDED:
                raise CannotImport("unreadable", f"{TABLE} needs the columns file and label.")
            for row in rows:
                yield _read(archive, row, f"line {rows.line_num}")
        except (csv.Error, UnicodeDecodeError):
            raise CannotImport("unreadable", f"{TABLE} is not a CSV in UTF-8.") from None


def _bounded_lines(text: io.TextIOWrapper) -> Iterator[str]:
    limit = settings.IMPORT_MAX_LINE_BYTES
    while line := text.readline(limit + 1):
        if len(line) > limit:
            raise CannotImport("unreadable", f"A line of {TABLE} is too long.")
        yield line


def _read(archive: zipfile.ZipFile, row: dict[str, str | None], place: str) -> Incoming | Refusal:
    try:
        return Incoming(
            place=place,
            label=read_label(row["label"]),
            person=read_person(row.get("user")),
            split=read_split(row.get("split")),
            pointer=read_pointer(row.get("pointer")),
            ink="",
            raster=_read_picture(archive, row["file"] or ""),
        )
    except CannotTake as error:
        return Refusal(place, str(error))


def _read_picture(archive: zipfile.ZipFile, name: str) -> bytes:
    content = read_small(archive, name, PICTURE_MAX_BYTES)
    if content is None:
        raise CannotTake("The picture is not in the zip, or too large.")
    try:
        header = read_header(content)
        if (header.suffix, header.width, header.height) != ("png", SIDE, SIDE):
            raise CannotTake("The picture is not a PNG of 28x28 pixels.")
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            if picture.mode != "L":
                raise CannotTake("The picture is not in shades of grey.")
            return check_raster(picture.tobytes())
    except (CannotReadPicture, OSError, SyntaxError, ValueError):
        raise CannotTake("The picture could not be read.") from None
