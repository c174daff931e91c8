"""Submissions of drawings."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from recognizer.drawings.ink_validation import parse_ink
from recognizer.ingest import Outcome, Submission
from recognizer.ingest.drawing_batch_upsert import StoreResult, store_batch
from recognizer.models import User

DIGITS = Path(__file__).resolve().parent.parent / "ink" / "digits.json"
INK = "[[[0,0],[0,10]]]"
OTHER_INK = "[[[5,5],[9,10]]]"


def load_strokes(label: int) -> list[list[list[float]]]:
    """Return the first example ink of a digit."""
    digits: list[dict[str, Any]] = json.loads(DIGITS.read_text())
    strokes: list[list[list[float]]] = next(
        digit["strokes"] for digit in digits if digit["label"] == label
    )
    return strokes


def load_ink(label: int) -> str:
    return parse_ink(load_strokes(label)).json


def make_submission(
    owner: User, *, ref: UUID | None = None, revision: int = 1, ink: str = INK, picture: str = ""
) -> Submission:
    def ignore_result(outcome: Outcome) -> None:
        """Ignored: these tests read the outcomes that the store returns."""

    return Submission(owner.pk, ref or uuid4(), revision, ink, picture, "pen", ignore_result)


def store_drawings(*group: Submission) -> StoreResult:
    return store_batch(group)


def outcome_codes(stored: StoreResult) -> list[str]:
    """Return `new`, `again` or the error code of each submission."""
    return [_outcome_code(outcome) for outcome in stored.outcomes]


def _outcome_code(outcome: Outcome) -> str:
    if isinstance(outcome, Exception):
        return outcome.code
    return "new" if outcome.created else "again"
