"""What people say a drawing is: append-only events. Nothing here is ever changed or taken away."""

from django.conf import settings
from django.db import models


class LabelSource(models.TextChoices):
    SOCKET = "socket"
    API = "api"
    PAGE = "page"


class LabelKind(models.TextChoices):
    """What an event means: the owner's claim, a reviewer's label of another
    user's drawing, a label of a hidden gold drawing, a drawing set aside, or an undo."""

    CLAIM = "claim"
    REVIEW = "review"
    GOLD = "gold"
    SET_ASIDE = "set_aside"
    UNDO = "undo"


class Label(models.Model):
    """One event: who said what about which revision, and what they had before them.

    `value` is 0–9, NOT_A_DIGIT_LABEL, or null (a claim of null takes the claim back; SET_ASIDE and
    UNDO have none). `previous_ground_truth` is the value before the event. An event that a later
    one `undoes` does not count.
    """

    drawing = models.ForeignKey("recognizer.Drawing", models.CASCADE, related_name="labels")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="labels"
    )
    kind = models.CharField(max_length=16, choices=LabelKind, default=LabelKind.CLAIM)
    revision = models.PositiveIntegerField()
    value = models.PositiveSmallIntegerField(null=True, blank=True)
    previous_ground_truth = models.PositiveSmallIntegerField(null=True, blank=True)
    undoes = models.OneToOneField(
        "self", models.CASCADE, null=True, blank=True, related_name="undone_by"
    )
    shown_prediction = models.ForeignKey(
        "recognizer.Prediction", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    blind = models.BooleanField(default=False)  # answer and claim were hidden when it was said
    reason = models.CharField(max_length=16, blank=True)  # why a reviewer was asked: ReviewReason
    source = models.CharField(max_length=8, choices=LabelSource)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["author", "-id"], name="label_author")]

    def __str__(self) -> str:
        return f"{self.value} for {self.drawing_id}"
