"""Admin pages, one module per subject. Importing this package registers all of them."""

from recognizer.admin import (
    audit_admin,
    challenge_admin,
    drawing_admin,
    model_version_admin,
    review_admin,
    training_schedule_admin,
    user_admin,
)

__all__ = [
    "audit_admin",
    "challenge_admin",
    "drawing_admin",
    "model_version_admin",
    "review_admin",
    "training_schedule_admin",
    "user_admin",
]
