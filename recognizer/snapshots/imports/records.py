"""What an imported file holds, one drawing after the other, whatever its form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from recognizer.errors import CodedError, DomainError
from recognizer.models import NOT_A_DIGIT_LABEL, Split
from recognizer.protocol import POINTER_TYPES, parse_label

MAX_USER_NAME_LENGTH = 200


class CannotImport(CodedError):
    """The whole file is refused. `code` is too_large, unsupported, unreadable, unsafe_archive,
    note_too_long or no_training_data."""

    statuses: ClassVar[Mapping[str, int]] = {
        "too_large": 413,
        "unsupported": 415,
        "no_training_data": 409,
    }


class CannotImportDrawing(DomainError):
    """One drawing of the file is refused. The message quotes nothing of the file."""


class ImportRecord(NamedTuple):
    """One drawing: ink, or the (28, 28) raster of a picture. `person` as the file names them, empty
    where it does not; `split` empty where the file says nothing of it."""

    place: str
    label: int
    person: str
    split: str
    pointer: str
    ink: str
    raster: bytes | None


class RejectedRecord(NamedTuple):
    """What is not taken in, where it stands, and why."""

    place: str
    reason: str


def parse_import_label(label: object) -> int:
    """0 to 10 from a label as JSON has it, or as text."""
    if isinstance(label, str) and len(label) == 1 and label in "0123456789":
        return int(label)
    try:
        value = parse_label(label)
    except ValueError:
        value = None
    if value is None:
        raise CannotImportDrawing("The label is not 0 to 9 or not_a_digit.")
    return value


def parse_label_byte(label: int) -> int:
    if label > NOT_A_DIGIT_LABEL:
        raise CannotImportDrawing("The label is not 0 to 10.")
    return label


def parse_split(split: object) -> str:
    if split in (None, "", *Split.values):
        return str(split or "")
    raise CannotImportDrawing("The split is neither training nor holdout.")


def parse_user_name(person: object) -> str:
    if person is None or (isinstance(person, str) and len(person) <= MAX_USER_NAME_LENGTH):
        return person or ""
    raise CannotImportDrawing(
        f"The user is not a text of at most {MAX_USER_NAME_LENGTH} characters."
    )


def parse_pointer(pointer: object) -> str:
    if pointer in (None, "", *POINTER_TYPES):
        return str(pointer or "")
    raise CannotImportDrawing("The pointer is not mouse, touch or pen.")


def check_raster(raster: bytes) -> bytes:
    if not any(raster):
        raise CannotImportDrawing("Nothing is drawn here.")
    return raster
