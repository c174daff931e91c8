"""E-mail about proposals."""

from __future__ import annotations

from recognizer.accounts.admin_email import email_admins
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
    """Send a message to each admin with a confirmed address. Return the number of messages."""
    text = EMAIL_TEMPLATE.format(
        reason=proposal.reason,
        ready=SNAPSHOT_READY_TEXT if proposal.snapshot_id else NO_SNAPSHOT_TEXT,
        address=site_link("/training/"),
    )
    return email_admins("Digitsite proposes a training run", text)
