"""Where drawings lie in a network's feature space, and what follows when they move."""

from django.db import models


class Embedding(models.Model):
    """A drawing as a model's last layer before the answer sees it; made by a background task."""

    drawing = models.OneToOneField(
        "recognizer.Drawing", models.CASCADE, primary_key=True, related_name="embedding"
    )
    revision = models.PositiveIntegerField()
    model = models.ForeignKey("recognizer.ModelVersion", models.CASCADE, related_name="+")
    features = models.BinaryField()  # float16, unit length
    distance = models.FloatField()  # to the nearest of what the model learnt from; 0 and more
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="embedding_made")]

    def __str__(self) -> str:
        return f"{self.drawing_id} at {self.distance:.2f}"


class Proposal(models.Model):
    """Drift past a threshold: a run that the site proposes, with a snapshot ready."""

    reason = models.CharField(max_length=300)
    figures = models.JSONField()
    snapshot = models.ForeignKey(
        "recognizer.Snapshot", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    run = models.ForeignKey(
        "recognizer.TrainingRun", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)  # a run was started, or dismissed
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.reason
