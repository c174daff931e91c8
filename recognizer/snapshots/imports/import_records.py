"""Records of an imported file, common to all formats."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar, NamedTuple
from uuid import UUID

from recognizer.base_errors import CodedError, DomainError
from recognizer.models import NOT_A_DIGIT_LABEL, Split
from recognizer.protocol import NOT_A_DIGIT, POINTER_TYPES

MAX_USER_NAME_LENGTH = 200
RASTER_SIZE = 28
RASTER_BYTES = RASTER_SIZE * RASTER_SIZE

_WHOLE_NUMBER = re.compile(r"([0-9]{1,2})(?:\.0*)?")
"""Spreadsheets and number columns write the label 7 as `7.0`."""


class CannotImport(CodedError):
    """The whole file is rejected. `code` is too_large, unsupported, unreadable, unsafe_archive,
    note_too_long or no_training_data."""

    statuses: ClassVar[Mapping[str, int]] = {
        "too_large": 413,
        "unsupported": 415,
        "no_training_data": 409,
    }


class CannotImportDrawing(DomainError):
    """One drawing is rejected. The message quotes nothing of the file."""


class DrawingKey(NamedTuple):
    """A revision of a drawing, as a site that exported it names it."""

    id: UUID
    revision: int


class ImportRecord(NamedTuple):
    """One drawing: ink as JSON, or the raster (28, 28) of a picture. `user_name`, `split` and `key`
    are empty if the file does not give them."""

    location: str
    label: int
    user_name: str
    split: str
    pointer: str
    ink: str
    raster: bytes | None
    key: DrawingKey | None = None


class RejectedRecord(NamedTuple):
    """The location of a rejected record in the file, and the reason."""

    location: str
    reason: str


def parse_import_label(label: object) -> int:
    """Return the label, 0 to 10, from its JSON value or text: 7, 7.0, "7", "7.0"; 10 and
    "not_a_digit" mean that the drawing is not a digit. Raises CannotImportDrawing."""
    is_number = isinstance(label, int | float) and not isinstance(label, bool)
    text = str(label).strip() if is_number or isinstance(label, str) else ""
    number = _WHOLE_NUMBER.fullmatch(text)
    if number and int(number[1]) <= NOT_A_DIGIT_LABEL:
        return int(number[1])
    if text.lower() == NOT_A_DIGIT:
        return NOT_A_DIGIT_LABEL
    raise CannotImportDrawing("The label is not 0 to 9, or 10 or not_a_digit.")


def parse_split(split: object) -> str:
    if split in (None, "", *Split.values):
        return str(split or "")
    raise CannotImportDrawing("The split is neither training nor holdout.")


def parse_user_name(name: object) -> str:
    if name is None or (isinstance(name, str) and len(name) <= MAX_USER_NAME_LENGTH):
        return name or ""
    raise CannotImportDrawing(
        f"The user is not a string of at most {MAX_USER_NAME_LENGTH} characters."
    )


def parse_pointer(pointer: object) -> str:
    if pointer in (None, "", *POINTER_TYPES):
        return str(pointer or "")
    raise CannotImportDrawing("The pointer is not mouse, touch or pen.")


def parse_key(drawing: object, revision: object) -> DrawingKey | None:
    """Return the id and revision that an export wrote; None for those of other programs."""
    try:
        key = DrawingKey(UUID(str(drawing)), int(str(revision)))
    except ValueError:
        return None
    return key if 0 < key.revision < 2**31 else None


def check_raster(raster: bytes) -> bytes:
    if len(raster) != RASTER_BYTES:
        raise CannotImportDrawing(f"The picture is not {RASTER_SIZE}x{RASTER_SIZE} pixels.")
    if not any(raster):
        raise CannotImportDrawing("The picture is blank.")
    return raster
