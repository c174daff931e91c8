"""What one model answered to one revision of a drawing."""

from django.db import models


class Verdict(models.TextChoices):
    DIGIT = "digit"
    UNSURE = "unsure"
    NOT_A_DIGIT = "not_a_digit"


class Prediction(models.Model):
    """An answer, with the 784 bytes the network saw. Never changed once stored."""

    drawing = models.ForeignKey("recognizer.Drawing", models.CASCADE, related_name="predictions")
    revision = models.PositiveIntegerField()
    model = models.ForeignKey("recognizer.ModelVersion", models.PROTECT, related_name="predictions")
    verdict = models.CharField(max_length=12, choices=Verdict)
    digit = models.PositiveSmallIntegerField(null=True, blank=True)
    confidence = models.FloatField()  # calibrated probability of the verdict
    probabilities = models.JSONField()  # ten, they sum to 1
    raster = models.BinaryField()  # (28, 28) uint8, row by row, ink is bright
    latency_ms = models.FloatField()  # the worker's own time
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["drawing", "revision", "model"], name="one_answer_of_a_model_to_a_revision"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.digit} ({self.confidence:.2f})"
