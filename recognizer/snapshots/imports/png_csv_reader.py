"""Reader of PNG pictures with labels.csv, in the format of the export."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath

from django.conf import settings
from PIL import Image

from recognizer.snapshots.imports.import_records import (
    RASTER_SIZE,
    CannotImport,
    CannotImportDrawing,
    ImportRecord,
    RejectedRecord,
    check_raster,
    parse_import_label,
    parse_key,
    parse_pointer,
    parse_split,
    parse_user_name,
)
from recognizer.snapshots.imports.safe_zip import read_small_file

LABELS_FILE = "labels.csv"
REQUIRED_COLUMNS = {"file", "label"}
MAX_IMAGE_BYTES = 16 * 1024
GRAYSCALE_MODES = ("L", "1")


def find_labels_file(archive: zipfile.ZipFile) -> str | None:
    """Return the name of labels.csv in the zip. It may be in a folder, as zips of a folder are."""
    names = [
        name
        for name in archive.namelist()
        if PurePosixPath(name).name == LABELS_FILE and not name.startswith("__MACOSX/")
    ]
    return min(names, key=len, default=None)


def parse_png_csv(
    archive: zipfile.ZipFile, labels_file: str
) -> Iterator[ImportRecord | RejectedRecord]:
    """Yield the record of each row. Pictures are relative to the folder of `labels_file`. Raises
    CannotImport."""
    folder = labels_file.removesuffix(LABELS_FILE)
    seen: set[str] = set()
    with archive.open(labels_file) as raw:
        rows = csv.DictReader(
            _iter_bounded_lines(io.TextIOWrapper(raw, "utf-8-sig", newline="")), restkey=""
        )
        try:
            if not set(rows.fieldnames or ()) >= REQUIRED_COLUMNS:
                raise CannotImport("unreadable", f"{LABELS_FILE} needs the columns file and label.")
            for row in rows:
                yield _parse_row(archive, folder, row, f"line {rows.line_num}", seen)
        except (csv.Error, UnicodeDecodeError):
            raise CannotImport("unreadable", f"{LABELS_FILE} is not a CSV file in UTF-8.") from None


def _iter_bounded_lines(text: io.TextIOWrapper) -> Iterator[str]:
    limit = settings.IMPORT_MAX_LINE_BYTES
    while line := text.readline(limit + 1):
        if len(line) > limit:
            raise CannotImport("unreadable", f"A line of {LABELS_FILE} is too long.")
        yield line


def _parse_row(
    archive: zipfile.ZipFile,
    folder: str,
    row: dict[str, str | None],
    location: str,
    seen: set[str],
) -> ImportRecord | RejectedRecord:
    name = folder + (row["file"] or "")
    try:
        if name in seen:
            raise CannotImportDrawing("An earlier line has this picture.")
        seen.add(name)
        return ImportRecord(
            location=location,
            label=parse_import_label(row["label"]),
            user_name=parse_user_name(row.get("user")),
            split=parse_split(row.get("split")),
            pointer=parse_pointer(row.get("pointer")),
            ink="",
            raster=_load_raster(archive, name),
            key=parse_key(row.get("drawing"), row.get("revision")),
        )
    except CannotImportDrawing as error:
        return RejectedRecord(location, str(error))


def _load_raster(archive: zipfile.ZipFile, name: str) -> bytes:
    content = read_small_file(archive, name, MAX_IMAGE_BYTES)
    if content is None:
        raise CannotImportDrawing("The picture is missing in the zip or too large.")
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            warnings.simplefilter("error")
            _check_picture(picture)
            picture.load()
            _check_picture(picture)  # a second header may follow the pixels
            return check_raster(picture.convert("L").tobytes())
    except CannotImportDrawing:
        raise
    except Exception:  # Pillow raises many types for a damaged picture
        raise CannotImportDrawing("The picture could not be read.") from None


def _check_picture(picture: Image.Image) -> None:
    if picture.size != (RASTER_SIZE, RASTER_SIZE):
        raise CannotImportDrawing("The picture is not a PNG of 28x28 pixels.")
    if picture.mode not in GRAYSCALE_MODES:
        raise CannotImportDrawing("The picture is not grayscale.")
