"""What people say a drawing is: append-only events."""

from django.conf import settings
from django.db import models


class Source(models.TextChoices):
    SOCKET = "socket"
    API = "api"
    PAGE = "page"


class Label(models.Model):
    """One claim: who said what about which revision, and which answer they had before them.
    `value` is 0–9, NOT_A_DIGIT, or null, which takes the claim back."""

    drawing = models.ForeignKey("recognizer.Drawing", models.CASCADE, related_name="labels")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="labels")
    revision = models.PositiveIntegerField()
    value = models.PositiveSmallIntegerField(null=True, blank=True)
    shown = models.ForeignKey(
        "recognizer.Prediction", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    source = models.CharField(max_length=8, choices=Source)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return f"{self.value} for {self.drawing_id}"
