"""Snapshots: immutable sets of labelled drawings, split into training and holdout."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from recognizer.models.drawing import uuid7


class Split(models.TextChoices):
    """The split of a user, which never changes: no user both trains and evaluates a model."""

    TRAINING = "training"
    HOLDOUT = "holdout"


class SnapshotDrawing(models.Model):
    """A copy of one revision of a drawing, for the snapshots that contain it.

    When the drawing is erased, `owner`, ink and raster are removed; the line of the manifest stays.
    """

    drawing_id = models.UUIDField()  # no foreign key: the drawing may be erased
    revision = models.PositiveIntegerField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="snapshot_drawings"
    )
    ink = models.TextField(blank=True)  # JSON as in Drawing.ink; empty for a picture or erased
    raster = models.BinaryField(null=True)  # (28, 28) uint8 of a picture
    pointer = models.CharField(max_length=8, blank=True)
    ink_sha256 = models.CharField(max_length=64)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["drawing_id", "revision"], name="one_snapshot_drawing_per_revision"
            )
        ]
        indexes = [
            models.Index(
                fields=["erased_at"],
                name="snapshot_drawing_erased",
                condition=Q(erased_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.drawing_id} revision {self.revision}"


class Snapshot(models.Model):
    """An immutable training set, identified by the SHA-256 of its manifest."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sha256 = models.CharField(max_length=64, unique=True)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    counts = models.JSONField()  # {"training": [11 numbers], "holdout": [11], "users": {…}}
    is_imported = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        return self.sha256[:12]


class SnapshotItem(models.Model):
    """A line of a manifest: a drawing with its label and split."""

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="items")
    drawing = models.ForeignKey(SnapshotDrawing, models.PROTECT, related_name="items")
    label = models.PositiveSmallIntegerField()  # 0–9, NOT_A_DIGIT_LABEL
    event_id = models.BigIntegerField(null=True)  # Label.id that decided; null for imported ones
    split = models.CharField(max_length=8, choices=Split)
    user_pseudonym = models.CharField(max_length=32)  # the same in all snapshots

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "drawing"], name="one_line_per_drawing")
        ]

    def __str__(self) -> str:
        return f"{self.drawing_id} is {self.label} in {self.snapshot_id}"
