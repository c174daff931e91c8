"""Signals of e-mail addresses: confirmation, removal."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, email_removed
from django.db.models.signals import post_save
from django.dispatch import receiver

from recognizer.accounts.email_addresses import list_confirmed_addresses, remove_unconfirmed_claims


@receiver(post_save, sender=EmailAddress, dispatch_uid="confirmed_address")
def release_address(instance: EmailAddress, **_: Any) -> None:
    """On each path to a confirmed address: the link, the admin site, a reset."""
    if instance.verified:
        remove_unconfirmed_claims(instance)


@receiver(email_confirmed, dispatch_uid="confirmed_address")
def notify_about_new_address(email_address: EmailAddress, **_: Any) -> None:
    """Notify the other addresses. A thief of a session would add an address first."""
    confirmed = list_confirmed_addresses(email_address.user)
    others = [address for address in confirmed if address != email_address.email]
    context = {"new_email": email_address.email}
    get_adapter().notify_addresses("account/email/email_added", others, context)


@receiver(email_removed, dispatch_uid="removed_address")
def notify_removed_address(email_address: EmailAddress, **_: Any) -> None:
    """Notify an address that was removed; the others are notified by allauth."""
    if email_address.verified:
        context = {"deleted_email": email_address.email}
        get_adapter().notify_addresses(
            "account/email/email_deleted", [email_address.email], context
        )
