"""What an imported file holds, one drawing after the other, whatever its form."""

from __future__ import annotations

from typing import NamedTuple

from recognizer.contract import POINTERS, label_value
from recognizer.models import NOT_A_DIGIT_LABEL, Split

PERSON_LENGTH = 200


class CannotImport(Exception):
    """The whole file is refused. `code` is too_large, unsupported, unreadable, unsafe_archive,
    note_too_long or no_training_data; the text is a sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class CannotTake(Exception):
    """One drawing is refused; the text is a sentence, with nothing of the file in it."""


class Incoming(NamedTuple):
    """One drawing: ink, or the (28, 28) raster of a picture. `person` as the file names them, empty
    where it does not; `split` empty where the file says nothing of it."""

    place: str
    label: int
    person: str
    split: str
    pointer: str
    ink: str
    raster: bytes | None


class Refusal(NamedTuple):
    """What is not taken in, where it stands, and why."""

    place: str
    reason: str


def read_label(label: object) -> int:
    """0 to 10 from a label as JSON has it, or as text."""
    if isinstance(label, str) and len(label) == 1 and label in "0123456789":
        return int(label)
    try:
        value = label_value(label)
    except ValueError:
        value = None
    if value is None:
        raise CannotTake("The label is not 0 to 9 or not_a_digit.")
    return value


def read_byte_label(label: int) -> int:
    if label > NOT_A_DIGIT_LABEL:
        raise CannotTake("The label is not 0 to 10.")
    return label


def read_split(split: object) -> str:
    if split in (None, "", *Split.values):
        return str(split or "")
    raise CannotTake("The split is neither training nor holdout.")


def read_person(person: object) -> str:
    if person is None or (isinstance(person, str) and len(person) <= PERSON_LENGTH):
        return person or ""
    raise CannotTake(f"The user is not a text of at most {PERSON_LENGTH} characters.")


def read_pointer(pointer: object) -> str:
    if pointer in (None, "", *POINTERS):
        return str(pointer or "")
    raise CannotTake("The pointer is not mouse, touch or pen.")


def check_raster(raster: bytes) -> bytes:
    if not any(raster):
        raise CannotTake("Nothing is drawn here.")
    return raster
