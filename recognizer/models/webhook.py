"""Webhooks: addresses that receive events of the site, and the log of their deliveries."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from recognizer.models.drawing import uuid7


class WebhookEvent(models.TextChoices):
    GROUND_TRUTH_CHANGED = "ground_truth.changed"
    TRAINING_SET_CREATED = "training_set.created"
    TRAINING_RUN_ENDED = "training_run.ended"
    MODEL_EVALUATED = "model.evaluated"
    MODEL_PROMOTED = "model.promoted"
    DRIFT_DETECTED = "drift.detected"
    TEST = "webhook.test"


class DisabledReason(models.TextChoices):
    ADMIN = "admin"
    FAILING = "failing"
    REFUSED = "refused"


class DeliveryStatus(models.TextChoices):
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class Webhook(models.Model):
    """A receiver of events.

    Its secrets are encrypted. After a rotation requests have a signature of the previous secret
    too, until `previous_secret_until`. Without `disabled_reason` it is enabled.
    """

    url = models.CharField(max_length=500)
    name = models.CharField(max_length=80)
    events = models.JSONField(default=list)
    secret = models.TextField()
    previous_secret = models.TextField(blank=True)
    previous_secret_until = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=8, choices=DisabledReason, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_enabled(self) -> bool:
        return not self.disabled_reason


class WebhookDelivery(models.Model):
    """An event for one webhook. The row is also its job, and its id the id of the message.

    `attempts` has the newest attempts: time, HTTP status, error, duration. `num_attempts` counts
    those since the event or its last replay.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=32, choices=WebhookEvent)
    body = models.TextField()
    status = models.CharField(max_length=9, choices=DeliveryStatus, default=DeliveryStatus.WAITING)
    num_attempts = models.PositiveSmallIntegerField(default=0)
    attempts = models.JSONField(default=list)
    response = models.CharField(max_length=500, blank=True)  # the start of the last one
    due_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["due_at"], name="webhook_due", condition=Q(status=DeliveryStatus.WAITING)
            ),
            models.Index(fields=["webhook", "-id"], name="webhook_log"),
            models.Index(fields=["created_at"], name="webhook_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.message_id}"

    @property
    def message_id(self) -> str:
        return f"msg_{self.pk.hex}"
