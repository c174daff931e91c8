"""Access to the outbox: store, lease, postpone and delete e-mails."""

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from recognizer.models import MailKind, OutgoingMail

FIRST_RETRY_INTERVAL_S = 60
MAX_RETRY_INTERVAL_S = 3600


def store_message(message: EmailMessage) -> None:
    """Store a plain text message for delivery. Raises TypeError for other content."""
    if message.attachments or getattr(message, "alternatives", []):
        raise TypeError("The outbox stores plain text messages only.")
    if recipients := message.recipients():
        OutgoingMail.objects.create(
            recipients=recipients,
            sender=message.from_email,
            subject=str(message.subject),
            body=str(message.body),
        )


def request_password_reset(address: str) -> None:
    """Request a reset e-mail to an address, whether or not it belongs to an account."""
    OutgoingMail.objects.create(kind=MailKind.RESET, recipients=[address])


def delete_mail_to(addresses: Collection[str]) -> None:
    """Delete the waiting e-mails whose first recipient is one of the addresses."""
    for mail in OutgoingMail.objects.only("pk", "recipients"):
        if mail.recipients[0].lower() in addresses:
            mail.delete()


def count_due() -> int:
    return OutgoingMail.objects.filter(due_at__lte=timezone.now()).count()


def lease_due_mail() -> OutgoingMail | None:
    """Lease the e-mail that is due first and count the attempt. Returns None if none is due.

    Several maintenance processes may deliver. The compare-and-set on `attempts` gives each e-mail
    to one of them. If that process dies, the e-mail is due again after the lease.
    """
    for mail in OutgoingMail.objects.filter(due_at__lte=timezone.now()).order_by("due_at", "pk"):
        leased = OutgoingMail.objects.filter(pk=mail.pk, attempts=mail.attempts).update(
            attempts=mail.attempts + 1,
            due_at=timezone.now() + timedelta(seconds=settings.EMAIL_LEASE_S),
        )
        if leased:
            mail.attempts += 1
            return mail
    return None


def postpone(mail: OutgoingMail) -> None:
    """Make a leased e-mail due again later. The interval doubles with each attempt."""
    pause_s = min(MAX_RETRY_INTERVAL_S, FIRST_RETRY_INTERVAL_S * 2 ** (mail.attempts - 1))
    mail.due_at = timezone.now() + timedelta(seconds=pause_s)
    mail.save(update_fields=["due_at"])


def delete_expired_mail() -> int:
    """Delete e-mails older than EMAIL_MAX_AGE_S and return their number."""
    oldest = timezone.now() - timedelta(seconds=settings.EMAIL_MAX_AGE_S)
    return OutgoingMail.objects.filter(created_at__lt=oldest).delete()[0]
