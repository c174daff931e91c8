"""Errors of the review queue and of bulk labels."""

from collections.abc import Mapping
from typing import ClassVar

from recognizer.base_errors import CodedError

REVIEW_ERRORS = {
    "not_found": "There is no drawing with this id to review.",
    "own_drawing": "You cannot review your own drawing. Load the next one.",
    "lease_expired": "You do not hold this drawing, or another reviewer has it. Load the next one.",
    "stale": "The drawing has changed since you loaded it. Reload it.",
    "deleted": "The drawing has been deleted.",
    "withdrawn": "The drawing may no longer be used for training. Load the next one.",
    "nothing_to_undo": "You have no label on this drawing to undo.",
}


class CannotReview(CodedError):
    """A review or its undo was refused. `code` is one of REVIEW_ERRORS."""

    status = 409
    messages = REVIEW_ERRORS
    statuses: ClassVar[Mapping[str, int]] = {"not_found": 404, "own_drawing": 403}
