"""JSON lines of strokes, as the export writes them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import IO, Any

import orjson
from django.conf import settings

from recognizer.ink import CannotReadInk, parse_ink
from recognizer.snapshots.imports.incoming import (
    CannotTake,
    Incoming,
    Refusal,
    check_raster,
    read_label,
    read_person,
    read_pointer,
    read_split,
)

RASTER_BYTES = 28 * 28


def read_lines(file: IO[bytes]) -> Iterator[Incoming | Refusal]:
    """What every line holds; blank ones count as lines and hold nothing."""
    for number, line in enumerate(_bounded_lines(file), start=1):
        place = f"line {number}"
        try:
            if line is None or line.strip():
                yield _read(line, place)
        except CannotTake as error:
            yield Refusal(place, str(error))


def _bounded_lines(file: IO[bytes]) -> Iterator[bytes | None]:
    """None for one that is too long; it is passed over in pieces."""
    limit = settings.IMPORT_MAX_LINE_BYTES
    while line := file.readline(limit + 1):
        if len(line) <= limit:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(limit)
        yield None


def _read(line: bytes | None, place: str) -> Incoming:
    if line is None:
        raise CannotTake("The line is too long.")
    try:
        given = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise CannotTake("This is not JSON.") from None
    if not isinstance(given, dict):
        raise CannotTake("This is not a JSON object.")
    ink, raster = _read_ink(given)
    return Incoming(
        place=place,
        label=read_label(given.get("label")),
        person=read_person(given.get("user")),
        split=read_split(given.get("split")),
        pointer=read_pointer(given.get("pointer")),
        ink=ink,
        raster=raster,
    )


def _read_ink(given: dict[str, Any]) -> tuple[str, bytes | None]:
    if given.get("strokes") is not None:
        try:
            return parse_ink(given["strokes"]).json, None
        except CannotReadInk as error:
            raise CannotTake(error.detail) from None
    try:
        raster = base64.b64decode(given["raster"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise CannotTake("There are neither strokes nor a raster.") from None
    if len(raster) != RASTER_BYTES:
        raise CannotTake(f"The raster is not {RASTER_BYTES} bytes.")
    return "", check_raster(raster)
