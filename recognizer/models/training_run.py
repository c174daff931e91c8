"""Training runs and their events. The row of a run is also its job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from recognizer.models.drawing import uuid7

if TYPE_CHECKING:
    from recognizer.models.model_registry import Evaluation


class RunStatus(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Trigger(models.TextChoices):
    PAGE = "page"
    API = "api"
    COMMAND = "command"
    SCHEDULE = "schedule"
    NEW_LABELS = "new_labels"
    DRIFT = "drift"


class Rehearsal(models.TextChoices):
    """Public data that a run uses next to its snapshot: all, MNIST only, or synthetic digits."""

    ALL = "all"
    MNIST = "mnist"
    SYNTHETIC = "synthetic"


class TrainingRun(models.Model):
    """A training run. The training process renews `lease_until`.

    When the lease expires, the sweep sends the run again, which resumes from its last epoch.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    architecture = models.CharField(max_length=40)
    base = models.ForeignKey(  # fine-tuned from it; null: from scratch
        "recognizer.ModelVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )
    snapshot = models.ForeignKey(
        "recognizer.Snapshot", models.PROTECT, null=True, blank=True, related_name="runs"
    )
    rehearsal = models.CharField(max_length=12, choices=Rehearsal, default=Rehearsal.ALL)
    epochs = models.PositiveSmallIntegerField()
    seed = models.PositiveIntegerField(default=1)
    wants_shadow = models.BooleanField(default=False)
    trigger = models.CharField(max_length=10, choices=Trigger)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)

    status = models.CharField(max_length=10, choices=RunStatus, default=RunStatus.QUEUED)
    error = models.CharField(max_length=32, blank=True)  # a key of training.run_errors.RUN_ERRORS
    detail = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True, blank=True)  # a new one for each attempt
    lease_until = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)  # when a stop was requested
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    epoch = models.PositiveSmallIntegerField(default=0)  # number of completed epochs
    progress = models.JSONField(
        default=dict
    )  # within the epoch, time left; see training.serializers
    model = models.OneToOneField(  # the trained model
        "recognizer.ModelVersion", models.PROTECT, null=True, blank=True, related_name="run"
    )

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["created_at"],
                name="run_open",
                condition=Q(status__in=["queued", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.architecture} {self.id}"

    @property
    def newest_evaluation(self) -> Evaluation | None:
        """Return the newest evaluation of the trained model. Lists prefetch `evaluations`."""
        return max(self.evaluations.all(), key=lambda evaluation: evaluation.pk, default=None)


class RunEvent(models.Model):
    """An append-only event of a run: metrics of an epoch or a step, or a line of the log."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=8)  # "epoch", "step" or "log"
    body = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} of {self.run_id}"
