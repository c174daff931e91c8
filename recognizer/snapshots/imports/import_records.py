"""Records of an imported file, common to all formats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from recognizer.base_errors import CodedError, DomainError
from recognizer.models import Split
from recognizer.protocol import POINTER_TYPES, parse_label

MAX_USER_NAME_LENGTH = 200


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


class ImportRecord(NamedTuple):
    """One drawing: ink as JSON, or the raster (28, 28) of a picture. `user_name` and `split` are
    empty if the file does not give them."""

    location: str
    label: int
    user_name: str
    split: str
    pointer: str
    ink: str
    raster: bytes | None


class RejectedRecord(NamedTuple):
    """The location of a rejected record in the file, and the reason."""

    location: str
    reason: str


def parse_import_label(label: object) -> int:
    """Return the label, 0 to 10, from its JSON value or text. Raises CannotImportDrawing."""
    if isinstance(label, str) and len(label) == 1 and label in "0123456789":
        return int(label)
    try:
        value = parse_label(label)
    except ValueError:
        value = None
    if value is None:
        raise CannotImportDrawing("The label is not 0 to 9 or not_a_digit.")
    return value


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


def check_raster(raster: bytes) -> bytes:
    if not any(raster):
        raise CannotImportDrawing("The picture is blank.")
    return raster
