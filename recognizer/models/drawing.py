"""Drawings, with the state of their recognition."""

import os
import time
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

NOT_A_DIGIT_LABEL = 10
"""The label value of "not a digit"; 0 to 9 are the digits."""


def uuid7() -> uuid.UUID:
    """Return a time-ordered UUID (RFC 9562, section 5.7): new rows are adjacent in the index."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return uuid.UUID(int=value)


class Status(models.TextChoices):
    QUEUED = "queued"
    RECOGNIZED = "recognized"
    FAILED = "failed"


class Drawing(models.Model):
    """A drawing at its newest revision.

    The row is also its job: `status`, `attempts`, `lease_until` (the end of a worker's lease) and
    `due_at` (the sweep sends it again after that time, unless it is leased). A lease changes no
    indexed column, so that PostgreSQL need not update the indexes.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="drawings",
        db_index=False,  # the unique constraint begins with it
    )
    ref = models.UUIDField(default=uuid.uuid4)
    revision = models.PositiveIntegerField(default=1)
    # JSON: [[[x, y, t_ms, pressure], …], …]; empty for a picture
    ink = models.TextField(blank=True)
    picture = models.FileField(upload_to="pictures/", blank=True)
    pointer = models.CharField(max_length=8, blank=True)
    created_at = models.DateTimeField()  # when it was drawn, also without a network
    drawn_at = models.DateTimeField()  # when the newest revision arrived
    deleted_at = models.DateTimeField(null=True, blank=True)

    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    error = models.CharField(max_length=32, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)

    prediction = models.ForeignKey(
        "recognizer.Prediction", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    claim = models.PositiveSmallIntegerField(null=True, blank=True)  # 0–9, NOT_A_DIGIT_LABEL
    cursor = models.BigIntegerField(default=0)  # Feed.cursor of the newest change

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "ref"], name="one_drawing_for_owner_and_ref")
        ]
        indexes = [
            models.Index(fields=["owner", "cursor"], name="drawing_changes"),
            models.Index(
                fields=["owner", "-created_at", "-id"],
                name="drawing_by_owner",  # history, and export with the trash
            ),
            models.Index(fields=["-created_at", "-id"], name="drawing_newest"),
            models.Index(fields=["due_at"], name="drawing_due", condition=Q(status="queued")),
            models.Index(
                fields=["deleted_at"], name="drawing_trash", condition=Q(deleted_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} revision {self.revision}"
