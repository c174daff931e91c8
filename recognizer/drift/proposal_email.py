"""E-mail about proposals."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from recognizer.accounts.roles import list_admins
from recognizer.mail.links import site_link
from recognizer.models import RetrainingProposal

SNAPSHOT_READY_TEXT = "A training set is ready."
NO_SNAPSHOT_TEXT = "There is no training set yet: review some drawings first."
EMAIL_TEMPLATE = """\
{reason}

{ready} Start a run, or dismiss the proposal, here:
{address}
"""


def notify_admins(proposal: RetrainingProposal) -> int:
    """Send a message to the confirmed primary address of each admin.

    Return the number of messages.
    """
    text = EMAIL_TEMPLATE.format(
        reason=proposal.reason,
        ready=SNAPSHOT_READY_TEXT if proposal.snapshot_id else NO_SNAPSHOT_TEXT,
        address=site_link("/training/"),
    )
    if not settings.EMAIL_ENABLED:
        return 0
    confirmed = EmailAddress.objects.filter(user__in=list_admins(), verified=True, primary=True)
    addresses = confirmed.values_list("email", flat=True)
    messages = [
        EmailMessage("Digitsite proposes a training run", text, to=[address])
        for address in sorted(set(addresses))
    ]
    return get_connection().send_messages(messages) or 0
