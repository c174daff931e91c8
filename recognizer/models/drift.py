"""Training runs that the site proposes."""

from django.db import models


class RetrainingProposal(models.Model):
    """Drift past a threshold: a run that the site proposes, with a snapshot ready."""

    reason = models.CharField(max_length=300)
    metrics = models.JSONField()
    snapshot = models.ForeignKey(
        "recognizer.Snapshot", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    run = models.ForeignKey(
        "recognizer.TrainingRun", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)  # a run was started, or dismissed
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.reason
