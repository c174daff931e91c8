"""Versions of networks, known by the SHA-256 of their weights, and which of them serves."""

from django.conf import settings
from django.db import models


class ModelVersion(models.Model):
    """A network with its card. Its files lie in the file storage under `folder`."""

    name = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64, unique=True)
    architecture = models.CharField(max_length=40)
    card = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """How answers name it: `name@` and the first twelve digits of the hash."""
        return f"{self.name}@{self.sha256[:12]}"

    @property
    def folder(self) -> str:
        return f"models/{self.sha256}"


class Promotion(models.Model):
    """Append-only: the newest row names the champion, the model whose answers people see."""

    model = models.ForeignKey(ModelVersion, models.PROTECT, related_name="promotions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    reason = models.CharField(max_length=500)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.model} since {self.created_at:%Y-%m-%d %H:%M}"
