"""Reader of PNG pictures with labels.csv, in the format of the export."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator

from django.conf import settings
from PIL import Image

from recognizer.drawings.validate_and_store_picture import CannotReadPicture, parse_picture
from recognizer.snapshots.imports.import_records import (
    CannotImport,
    CannotImportDrawing,
    ImportRecord,
    RejectedRecord,
    check_raster,
    parse_import_label,
    parse_pointer,
    parse_split,
    parse_user_name,
)
from recognizer.snapshots.imports.safe_zip import read_small_file

LABELS_FILE = "labels.csv"
REQUIRED_COLUMNS = {"file", "label"}
RASTER_SIZE = 28
MAX_IMAGE_BYTES = 16 * 1024


def parse_png_csv(archive: zipfile.ZipFile) -> Iterator[ImportRecord | RejectedRecord]:
    """Yield the record of each row. Raises CannotImport."""
    with archive.open(LABELS_FILE) as raw:
        rows = csv.DictReader(
            _iter_bounded_lines(io.TextIOWrapper(raw, "utf-8-sig", newline="")), restkey=""
        )
        try:
            if not set(rows.fieldnames or ()) >= REQUIRED_COLUMNS:
                raise CannotImport("unreadable", f"{LABELS_FILE} needs the columns file and label.")
            for row in rows:
                yield _parse_row(archive, row, f"line {rows.line_num}")
        except (csv.Error, UnicodeDecodeError):
            raise CannotImport("unreadable", f"{LABELS_FILE} is not a CSV file in UTF-8.") from None


def _iter_bounded_lines(text: io.TextIOWrapper) -> Iterator[str]:
    limit = settings.IMPORT_MAX_LINE_BYTES
    while line := text.readline(limit + 1):
        if len(line) > limit:
            raise CannotImport("unreadable", f"A line of {LABELS_FILE} is too long.")
        yield line


def _parse_row(
    archive: zipfile.ZipFile, row: dict[str, str | None], location: str
) -> ImportRecord | RejectedRecord:
    try:
        return ImportRecord(
            location=location,
            label=parse_import_label(row["label"]),
            user_name=parse_user_name(row.get("user")),
            split=parse_split(row.get("split")),
            pointer=parse_pointer(row.get("pointer")),
            ink="",
            raster=_load_raster(archive, row["file"] or ""),
        )
    except CannotImportDrawing as error:
        return RejectedRecord(location, str(error))


def _load_raster(archive: zipfile.ZipFile, name: str) -> bytes:
    content = read_small_file(archive, name, MAX_IMAGE_BYTES)
    if content is None:
        raise CannotImportDrawing("The picture is missing in the zip or too large.")
    try:
        parsed = parse_picture(content)
        if (parsed.suffix, parsed.width, parsed.height) != ("png", RASTER_SIZE, RASTER_SIZE):
            raise CannotImportDrawing("The picture is not a PNG of 28x28 pixels.")
        with Image.open(io.BytesIO(parsed.content), formats=["PNG"]) as picture:
            if picture.mode != "L":
                raise CannotImportDrawing("The picture is not grayscale.")
            return check_raster(picture.tobytes())
    except (CannotReadPicture, OSError, SyntaxError, ValueError):
        raise CannotImportDrawing("The picture could not be read.") from None
