"""Accept -> store -> enqueue: a group commit in two stages.

Writing: if no write is running, a drawing is written at once; what arrives meanwhile goes together
in the next write. Publishing: a thread of its own sends one task for each written group. Nobody
waits on a timer; the busier, the larger the groups.
"""

from recognizer.intake.submission import Accepted, CannotAccept, Outcome, Submission
from recognizer.intake.way import close, return_credit, submit, submit_from_loop

__all__ = [
    "Accepted",
    "CannotAccept",
    "Outcome",
    "Submission",
    "close",
    "return_credit",
    "submit",
    "submit_from_loop",
]
