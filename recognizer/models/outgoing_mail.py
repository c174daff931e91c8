"""The outbox: e-mails that wait for delivery."""

from django.db import models
from django.utils import timezone


class MailKind(models.TextChoices):
    MESSAGE = "message"
    RESET = "reset"


class OutgoingMail(models.Model):
    """An e-mail that is not delivered yet. The row is deleted after delivery.

    A request only inserts a row, so that it never waits for a mail server. A row of the kind
    RESET has no text: its account is looked up and its link is made at delivery. A request
    for a reset therefore takes the same time for every address, and no link is stored.
    """

    kind = models.CharField(max_length=16, choices=MailKind, default=MailKind.MESSAGE)
    recipients = models.JSONField()
    sender = models.TextField(blank=True)
    subject = models.TextField(blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now, db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"e-mail {self.pk}"
