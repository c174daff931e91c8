"""Admin pages, one module per subject. Importing this package registers all of them."""

from recognizer.admin import (
    challenge_admin,
    drawing_admin,
    model_version_admin,
    review_admin,
    training_schedule_admin,
    user_admin,
)

__all__ = [
    "challenge_admin",
    "drawing_admin",
    "model_version_admin",
    "review_admin",
    "training_schedule_admin",
    "user_admin",
]
