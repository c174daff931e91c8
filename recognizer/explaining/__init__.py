"""How the champion read one drawing: made by a background worker, kept for a while only."""

from recognizer.explaining.asking import Explained, explain
from recognizer.explaining.subjects import (
    EXAMPLES,
    PARTS,
    Seen,
    drawing_subject,
    example_subject,
    see_subject,
)

__all__ = [
    "EXAMPLES",
    "PARTS",
    "Explained",
    "Seen",
    "drawing_subject",
    "example_subject",
    "explain",
    "see_subject",
]
