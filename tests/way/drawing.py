"""Drawings on their way, as intake and workers see them."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from recognizer.ink import parse_ink
from recognizer.intake import Outcome, Submission
from recognizer.intake.store import Stored, store_group
from recognizer.models import User

DIGITS = Path(__file__).resolve().parent.parent / "ink" / "digits.json"
INK = "[[[0,0],[0,10]]]"
OTHER_INK = "[[[5,5],[9,10]]]"


def strokes_of(label: int) -> list[list[list[float]]]:
    """The first of our own example inks of this digit."""
    digits: list[dict[str, Any]] = json.loads(DIGITS.read_text())
    strokes: list[list[list[float]]] = next(
        digit["strokes"] for digit in digits if digit["label"] == label
    )
    return strokes


def ink_of(label: int) -> str:
    return parse_ink(strokes_of(label)).json


def submission(
    owner: User, *, ref: UUID | None = None, revision: int = 1, ink: str = INK, picture: str = ""
) -> Submission:
    def unheard(outcome: Outcome) -> None:
        """The store returns outcomes; handing them out is the writer's."""

    return Submission(owner.pk, ref or uuid4(), revision, ink, picture, "pen", unheard)


def store(*group: Submission) -> Stored:
    return store_group(group)


def codes(stored: Stored) -> list[str]:
    """`new`, `again` or the code of the refusal, for each of the group."""
    return [_word(outcome) for outcome in stored.outcomes]


def _word(outcome: Outcome) -> str:
    if isinstance(outcome, Exception):
        return outcome.code
    return "new" if outcome.created else "again"
