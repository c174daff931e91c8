"""How the champion read one drawing: made by a background worker, kept for a while only."""

from recognizer.explaining.asking import Explained, explain
from recognizer.explaining.own import Lesson, list_own_lessons
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
    "Lesson",
    "Seen",
    "drawing_subject",
    "example_subject",
    "explain",
    "list_own_lessons",
    "see_subject",
]
