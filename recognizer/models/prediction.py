"""Predictions of models."""

from django.db import models

from recognizer.models.drawing import NOT_A_DIGIT_LABEL


class Decision(models.TextChoices):
    DIGIT = "digit"
    UNSURE = "unsure"
    NOT_A_DIGIT = "not_a_digit"


class Prediction(models.Model):
    """The prediction of a model for one revision of a drawing, and its raster. Never changed."""

    drawing = models.ForeignKey(
        "recognizer.Drawing",
        models.CASCADE,
        related_name="predictions",
        db_index=False,  # the unique constraint begins with it
    )
    revision = models.PositiveIntegerField()
    model = models.ForeignKey("recognizer.ModelVersion", models.PROTECT, related_name="predictions")
    decision = models.CharField(max_length=12, choices=Decision)
    digit = models.PositiveSmallIntegerField(null=True, blank=True)
    confidence = models.FloatField()  # calibrated probability of the decision
    probabilities = models.JSONField()  # ten numbers that sum to 1
    raster = models.BinaryField()  # (28, 28) uint8, row by row, ink is bright
    latency_ms = models.FloatField()  # time of the worker only
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["drawing", "revision", "model"],
                name="one_prediction_per_revision_and_model",
            )
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.digit} ({self.confidence:.2f})"

    @property
    def predicted_label(self) -> int:
        """The predicted digit, or NOT_A_DIGIT_LABEL."""
        is_rejected = self.decision == Decision.NOT_A_DIGIT or self.digit is None
        return NOT_A_DIGIT_LABEL if is_rejected else self.digit or 0
