"""Accept -> store -> enqueue: a group commit in two stages.

Writing: if no write is running, a drawing is written at once; what arrives meanwhile goes together
in the next write. Publishing: a thread of its own sends one task for each written group. Nobody
waits on a timer; the busier, the larger the groups.
"""

from recognizer.ingest.pipeline import close, release_batch_slot, submit, submit_with_callback
from recognizer.ingest.submission import Accepted, CannotAccept, Outcome, Submission

__all__ = [
    "Accepted",
    "CannotAccept",
    "Outcome",
    "Submission",
    "close",
    "release_batch_slot",
    "submit",
    "submit_with_callback",
]
