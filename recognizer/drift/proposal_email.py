"""E-mail about proposals. If it fails, the proposal is still shown on the page."""

from __future__ import annotations

import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from recognizer.accounts.roles import list_admins
from recognizer.models import RetrainingProposal

log = logging.getLogger(__name__)

EMAIL_TIMEOUT_S = 10
SNAPSHOT_READY_TEXT = "A training set is ready."
NO_SNAPSHOT_TEXT = "There is no training set yet: review some drawings first."
EMAIL_TEMPLATE = """\
{reason}

{ready} Start a run, or dismiss the proposal, here:
{address}/training/
"""


def notify_admins(proposal: RetrainingProposal) -> int:
    """Send a message to each admin who has an address. Return the number of messages sent."""
    text = EMAIL_TEMPLATE.format(
        reason=proposal.reason,
        ready=SNAPSHOT_READY_TEXT if proposal.snapshot_id else NO_SNAPSHOT_TEXT,
        address=settings.ORIGINS[0],
    )
    addresses = list_admins().exclude(email="").values_list("email", flat=True)
    messages = [
        EmailMessage("Digitsite proposes a training run", text, to=[address])
        for address in sorted(set(addresses))
    ]
    try:
        return get_connection(timeout=EMAIL_TIMEOUT_S).send_messages(messages) or 0
    except (OSError, smtplib.SMTPException, ValueError) as error:
        log.warning("Proposal %s could not be e-mailed to the admins: %s", proposal.pk, error)
        return 0
