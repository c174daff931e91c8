"""Label events of drawings. They are append-only: no event is changed or deleted."""

from django.conf import settings
from django.db import models


class LabelSource(models.TextChoices):
    SOCKET = "socket"
    API = "api"
    PAGE = "page"
    PROMPT = "prompt"  # of a challenge, known before the prediction


class LabelKind(models.TextChoices):
    """The kind of a label event: a claim of the owner, a review of another user's drawing, a review
    of a hidden gold drawing, exclusion from training, or the undo of an event."""

    CLAIM = "claim"
    REVIEW = "review"
    GOLD = "gold"
    SET_ASIDE = "set_aside"
    UNDO = "undo"


class Label(models.Model):
    """A label of one revision of a drawing, with the prediction that its author saw.

    `value` is 0 to 9, NOT_A_DIGIT_LABEL, or null (a claim of null removes the claim; SET_ASIDE and
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
    # ReviewItem.key; null for claims and bulk labels, whose authors see other labels
    item = models.UUIDField(null=True, blank=True, db_index=True)
    blind = models.BooleanField(default=False)  # prediction and claim were hidden from the reviewer
    reason = models.CharField(max_length=16, blank=True)  # ReviewReason of the review item
    source = models.CharField(max_length=8, choices=LabelSource)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["author", "-id"], name="label_author"),
            # Without it, SQLite searches all labels of the author for those of one drawing.
            models.Index(fields=["drawing", "author"], name="label_drawing_author"),
            models.Index(
                fields=["created_at", "author"],
                name="label_recent_reviewers",
                condition=models.Q(item__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} for {self.drawing_id}"
