"""Consent of users to train models with their drawings."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils import timezone

from recognizer.base_errors import CodedError
from recognizer.models import User


class CannotConsent(CodedError):
    """The first choice about the consent was refused."""

    status = 409
    messages: ClassVar[Mapping[str, str]] = {
        "already_chosen": "You have chosen before. Change it in the settings."
    }


def set_teaching_consent(*, user: User, may_teach: bool) -> None:
    """Store whether models may be trained with the drawings of a user from now on."""
    user.may_teach = may_teach
    user.may_teach_decided_at = timezone.now()
    user.save(update_fields=["may_teach", "may_teach_decided_at"])


def store_first_consent(*, user: User, may_teach: bool) -> None:
    """Store the first choice of a user who was never asked. Raises CannotConsent.

    It needs no password, unlike later changes in the settings.
    """
    unasked = User.objects.filter(pk=user.pk, is_guest=False, may_teach_decided_at=None)
    if not unasked.update(may_teach=may_teach, may_teach_decided_at=timezone.now()):
        raise CannotConsent("already_chosen")
    user.refresh_from_db(fields=["may_teach", "may_teach_decided_at"])
