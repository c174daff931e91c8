"""Where drawings lie in the feature space of a model."""

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
