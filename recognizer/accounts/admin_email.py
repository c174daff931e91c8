"""E-mail to the admins."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import QuerySet

from recognizer.models import User


def list_admins() -> QuerySet[User]:
    """Return the active users who are admins."""
    return User.objects.filter(groups__name="admin", is_active=True)


def email_admins(subject: str, text: str) -> int:
    """Send a message to the confirmed primary address of each admin.

    Return the number of messages.
    """
    if not settings.EMAIL_ENABLED:
        return 0
    confirmed = EmailAddress.objects.filter(user__in=list_admins(), verified=True, primary=True)
    addresses = sorted(set(confirmed.values_list("email", flat=True)))
    messages = [EmailMessage(subject, text, to=[address]) for address in addresses]
    return get_connection().send_messages(messages) or 0
