"""Errors of the review queue and of relabelling."""

from collections.abc import Mapping
from typing import ClassVar

from recognizer.errors import CodedError

REVIEW_ERRORS = {
    "not_found": "There is no such drawing to review.",
    "own_drawing": "This drawing is your own; another reviewer reviews it.",
    "lease_expired": "You no longer hold this drawing; another reviewer may have it.",
    "stale": "The drawing has changed since you saw it.",
    "deleted": "The drawing has been deleted.",
    "nothing_to_undo": "You have no decision about this drawing to undo.",
}


class CannotReview(CodedError):
    """A decision about a drawing was refused."""

    status = 409
    messages = REVIEW_ERRORS
    statuses: ClassVar[Mapping[str, int]] = {"not_found": 404, "own_drawing": 403}
