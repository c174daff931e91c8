"""Proposals of training runs."""

from django.db import models


class RetrainingProposal(models.Model):
    """A training run that the site proposes after drift, with a snapshot."""

    reason = models.CharField(max_length=300)
    metrics = models.JSONField()
    snapshot = models.ForeignKey(
        "recognizer.Snapshot", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    run = models.ForeignKey(
        "recognizer.TrainingRun", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)  # when it was started or dismissed
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.reason
