"""Embeddings of drawings."""

from django.db import models


class Embedding(models.Model):
    """The features of a drawing before the last layer of a model, computed by a background task."""

    drawing = models.OneToOneField(
        "recognizer.Drawing", models.CASCADE, primary_key=True, related_name="embedding"
    )
    revision = models.PositiveIntegerField()
    model = models.ForeignKey("recognizer.ModelVersion", models.CASCADE, related_name="+")
    features = models.BinaryField()  # float16, unit length
    distance = models.FloatField()  # 1 - greatest cosine to the weights of a digit; 0 to 2
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="embedding_made")]

    def __str__(self) -> str:
        return f"{self.drawing_id} at {self.distance:.2f}"
