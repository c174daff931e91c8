"""How the champion read one drawing: made by a background worker, kept for a while only."""

from recognizer.explanations.requests import ExplanationResult, request_explanation
from recognizer.explanations.subjects import (
    EXAMPLE_INKS,
    PARTS,
    SubjectInput,
    drawing_subject,
    example_subject,
    load_subject,
)
from recognizer.explanations.user_training_examples import (
    UserTrainingExample,
    list_user_training_examples,
)

__all__ = [
    "EXAMPLE_INKS",
    "PARTS",
    "ExplanationResult",
    "SubjectInput",
    "UserTrainingExample",
    "drawing_subject",
    "example_subject",
    "list_user_training_examples",
    "load_subject",
    "request_explanation",
]
