"""Signals of stored users: a new password, or a deactivation, ends the access of programs, too."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from recognizer.accounts.sign_in.session_revocation import end_sessions
from recognizer.models import User


@receiver(post_save, sender=User, dispatch_uid="stored_user")
def end_access(instance: User, created: bool, **_: Any) -> None:
    """On each path to a new password: pages, the admin site, `changepassword`, scripts.

    Django itself ends the sessions after a new password, but not after a deactivation: they would
    be valid again as soon as the account is activated.
    """
    if created:
        return
    if not instance.is_active:
        end_sessions(user=instance)
    elif instance.has_unsaved_password and not instance.keeps_tokens:
        instance.api_tokens.all().delete()
