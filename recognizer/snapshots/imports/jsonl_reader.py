"""Reader of JSON lines with strokes, in the format of the export."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import IO, Any

import orjson
from django.conf import settings

from recognizer.drawings.ink_validation import CannotReadInk, parse_ink
from recognizer.snapshots.imports.bounded_lines import iter_bounded_lines
from recognizer.snapshots.imports.import_records import (
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


def parse_jsonl(file: IO[bytes]) -> Iterator[ImportRecord | RejectedRecord]:
    """Yield the record of each line. Blank lines are counted but skipped."""
    lines = iter_bounded_lines(file, settings.IMPORT_MAX_LINE_BYTES)
    for number, line in enumerate(lines, start=1):
        location = f"line {number}"
        try:
            if line is None or line.strip():
                yield _parse_line(line, location)
        except CannotImportDrawing as error:
            yield RejectedRecord(location, str(error))


def _parse_line(line: bytes | None, location: str) -> ImportRecord:
    if line is None:
        raise CannotImportDrawing("The line is too long.")
    try:
        given = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise CannotImportDrawing("The line is not JSON.") from None
    if not isinstance(given, dict):
        raise CannotImportDrawing("The line is not a JSON object.")
    ink, raster = _parse_ink(given)
    return ImportRecord(
        location=location,
        label=parse_import_label(given.get("label")),
        user_name=parse_user_name(given.get("user")),
        split=parse_split(given.get("split")),
        pointer=parse_pointer(given.get("pointer")),
        ink=ink,
        raster=raster,
        key=parse_key(given.get("drawing"), given.get("revision")),
    )


def _parse_ink(given: dict[str, Any]) -> tuple[str, bytes | None]:
    if given.get("strokes") is not None:
        try:
            return parse_ink(given["strokes"]).json, None
        except CannotReadInk as error:
            raise CannotImportDrawing(error.message) from None
    try:
        raster = base64.b64decode(given["raster"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise CannotImportDrawing("There are neither strokes nor a raster.") from None
    return "", check_raster(raster)
