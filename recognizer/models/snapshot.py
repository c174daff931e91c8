"""Snapshots: immutable sets of labelled drawings, split into training and holdout."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, Max, OuterRef, Q, Value, When

from recognizer.models.drawing import uuid7

MAX_NUMBER = 2**31 - 1
"""`SnapshotItem.last_number` of lines that no later snapshot has left out so far."""


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


def next_number() -> int:
    return 1 + (Snapshot.objects.aggregate(newest=Max("number"))["newest"] or 0)


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    def containing(self, items: models.QuerySet[SnapshotItem]) -> SnapshotQuerySet:
        """Return the snapshots that contain at least one of the items."""
        return self.filter(
            Exists(
                items.filter(
                    series=OuterRef("series"),
                    first_number__lte=OuterRef("number"),
                    last_number__gte=OuterRef("number"),
                )
            )
        )


class Snapshot(models.Model):
    """An immutable training set, identified by the SHA-256 of its manifest."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.PositiveIntegerField(unique=True, default=next_number, editable=False)
    series = models.GeneratedField(  # an imported snapshot has a separate series
        expression=Case(When(is_imported=True, then=F("number")), default=Value(0)),
        output_field=models.PositiveIntegerField(),
        db_persist=True,
    )
    sha256 = models.CharField(max_length=64, unique=True)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    counts = models.JSONField()  # {"training": [11 numbers], "holdout": [11], "users": {…}}
    is_imported = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        return self.sha256[:12]

    @property
    def items(self) -> SnapshotItemQuerySet:
        return SnapshotItem.objects.in_snapshots(self)

    @property
    def num_items(self) -> int:
        return sum(sum(self.counts[split]) for split in Split.values)


class SnapshotItemQuerySet(models.QuerySet["SnapshotItem"]):
    def in_snapshots(self, *snapshots: Snapshot) -> SnapshotItemQuerySet:
        """Return the items that at least one of the snapshots contains."""
        condition = Q(pk__in=[])
        for snapshot in snapshots:
            condition |= Q(
                series=snapshot.series,
                first_number__lte=snapshot.number,
                last_number__gte=snapshot.number,
            )
        return self.filter(condition)


class SnapshotItem(models.Model):
    """A line of a manifest: a drawing with its label and split.

    All snapshots of its series from `first_number` to `last_number` contain it. So a snapshot adds
    only the lines in which it differs from the one before. Series 0 is that of this site.
    """

    series = models.PositiveIntegerField()
    first_number = models.PositiveIntegerField()
    last_number = models.PositiveIntegerField(default=MAX_NUMBER)
    sort_key = models.UUIDField()  # the id of the drawing; the number of an imported line
    drawing = models.ForeignKey(SnapshotDrawing, models.PROTECT, related_name="items")
    label = models.PositiveSmallIntegerField()  # 0–9, NOT_A_DIGIT_LABEL
    event_id = models.BigIntegerField(null=True)  # Label.id that decided; null for imported ones
    split = models.CharField(max_length=8, choices=Split)
    user_pseudonym = models.CharField(max_length=32)  # the same in all snapshots

    objects = SnapshotItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(  # the index has all that selects the lines of a snapshot
                fields=["series", "sort_key", "first_number", "last_number"],
                name="one_line_per_drawing_and_set",
            )
        ]
        indexes = [
            models.Index(fields=["first_number"], name="snapshot_item_first"),
            models.Index(fields=["last_number"], name="snapshot_item_last"),
        ]

    def __str__(self) -> str:
        return f"{self.drawing_id} is {self.label} from {self.first_number} to {self.last_number}"
