"""Consent of users to train models with their drawings."""

from django.utils import timezone

from recognizer.models import User


def set_teaching_consent(*, user: User, may_teach: bool) -> None:
    """Store whether models may be trained with the drawings of a user from now on."""
    user.may_teach = may_teach
    user.may_teach_decided_at = timezone.now()
    user.save(update_fields=["may_teach", "may_teach_decided_at"])
