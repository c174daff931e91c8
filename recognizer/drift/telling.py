"""The e-mail about a proposal. It may fail: the page shows the proposal all the same."""

from __future__ import annotations

import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import Q

from recognizer.models import RetrainingProposal, User

log = logging.getLogger(__name__)

TIMEOUT_S = 10
WITH_SET = "A training set is ready."
WITHOUT_SET = "No training set can be made yet: review some drawings first."
TEXT = """\
{reason}

{ready} Start a run, or dismiss the proposal, here:
{address}/training/
"""


def tell_admins(proposal: RetrainingProposal) -> int:
    """One message to each admin who has an address; how many were sent."""
    text = TEXT.format(
        reason=proposal.reason,
        ready=WITH_SET if proposal.snapshot_id else WITHOUT_SET,
        address=settings.ORIGINS[0],
    )
    messages = [
        EmailMessage("Digitsite proposes a training run", text, to=[address])
        for address in _addresses()
    ]
    try:
        return get_connection(timeout=TIMEOUT_S).send_messages(messages) or 0
    except (OSError, smtplib.SMTPException, ValueError) as error:
        log.warning("Admins were not told of proposal %s: %s", proposal.pk, error)
        return 0


def _addresses() -> list[str]:
    admins = User.objects.filter(Q(is_superuser=True) | Q(groups__name="admin"), is_active=True)
    return sorted(set(admins.exclude(email="").values_list("email", flat=True)))
