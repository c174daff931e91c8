"""The queue of deliveries, which are rows: lease, outcome, expiry."""

from __future__ import annotations

import random
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from recognizer.accounts.admin_email import email_admins
from recognizer.accounts.secret_encryption import decrypt_text
from recognizer.audit.events import record_event
from recognizer.mail.links import site_link
from recognizer.models import (
    AuditAction,
    DeliveryStatus,
    DisabledReason,
    Webhook,
    WebhookDelivery,
)
from recognizer.webhooks.http_post import PostResult

RETRY_INTERVALS_S = (5, 60, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600)
"""Pauses after the first attempts. A delivery fails after one attempt more."""
MAX_ATTEMPTS_SHOWN = 20
EXPIRY_BATCH_SIZE = 1_000
STATUS_GONE = 410
EMAIL_TEMPLATE = """\
The webhook "{name}" was disabled: {reason}

Correct the receiver, enable the webhook, and send the failed events again:
{address}
"""
DISABLED_TEXTS = {
    DisabledReason.FAILING: "no event could be delivered for several days.",
    DisabledReason.REFUSED: "the receiver responded with the status 410.",
}


def lease_due_delivery(*, busy: Collection[int]) -> WebhookDelivery | None:
    """Lease the delivery that is due first, of a webhook that is not busy. Returns None if none is.

    Several maintenance processes may deliver. The compare-and-set on `num_attempts` gives each
    delivery to one of them. If that process dies, the delivery is due again after the lease.
    """
    due = (
        WebhookDelivery.objects.filter(
            status=DeliveryStatus.WAITING, due_at__lte=timezone.now(), webhook__disabled_reason=""
        )
        .exclude(webhook__in=busy)
        .select_related("webhook")
        .order_by("due_at", "pk")
    )
    for delivery in due[:10]:
        lease_s = 60 + 2 * settings.WEBHOOK_TIMEOUT_S
        leased = WebhookDelivery.objects.filter(
            pk=delivery.pk, status=DeliveryStatus.WAITING, num_attempts=delivery.num_attempts
        ).update(
            num_attempts=delivery.num_attempts + 1,
            due_at=timezone.now() + timedelta(seconds=lease_s),
        )
        if leased:
            delivery.num_attempts += 1
            return delivery
    return None


def load_secrets(webhook: Webhook) -> list[str]:
    """Return the secrets that sign now. Empty if SECRET_KEY was replaced without a fallback."""
    stored = [webhook.secret]
    until = webhook.previous_secret_until
    if webhook.previous_secret and until and until > timezone.now():
        stored.append(webhook.previous_secret)
    return [secret for text in stored if (secret := decrypt_text(text))]


def record_outcome(delivery: WebhookDelivery, result: PostResult) -> None:
    """Store the outcome of an attempt. The status 410 and long failure disable the webhook."""
    now = timezone.now()
    attempt = {
        "at": now.isoformat(),
        "status": result.status or None,
        "error": result.error or None,
        "duration_ms": result.duration_ms,
    }
    delivery.attempts = [*delivery.attempts, attempt][-MAX_ATTEMPTS_SHOWN:]
    delivery.response = result.excerpt
    if not result.error:
        delivery.status = DeliveryStatus.DELIVERED
    elif delivery.num_attempts > len(RETRY_INTERVALS_S):
        delivery.status = DeliveryStatus.FAILED
    else:
        pause_s = RETRY_INTERVALS_S[delivery.num_attempts - 1] * random.uniform(1, 1.2)  # noqa: S311 - spreads the load
        delivery.due_at = now + timedelta(seconds=pause_s)
    with transaction.atomic():
        # A replay in the meantime has set `num_attempts` to 0 and keeps the delivery waiting.
        WebhookDelivery.objects.filter(pk=delivery.pk, num_attempts=delivery.num_attempts).update(
            status=delivery.status,
            due_at=delivery.due_at,
            attempts=delivery.attempts,
            response=delivery.response,
        )
        _update_webhook(delivery.webhook, result, now)


def load_delivery_page(
    webhook: Webhook, *, after: UUID | None, size: int
) -> tuple[list[WebhookDelivery], UUID | None]:
    """Return the deliveries before `after`, newest first, and the cursor of the next page."""
    found = webhook.deliveries.all() if after is None else webhook.deliveries.filter(pk__lt=after)
    page = list(found[: size + 1])
    return page[:size], page[size - 1].pk if len(page) > size else None


def delete_expired_deliveries() -> int:
    """Delete ended deliveries older than WEBHOOK_LOG_DAYS and return their number."""
    before = timezone.now() - timedelta(days=settings.WEBHOOK_LOG_DAYS)
    expired = WebhookDelivery.objects.filter(created_at__lt=before)
    expired = expired.exclude(status=DeliveryStatus.WAITING, webhook__disabled_reason="")
    keys = list(expired.order_by("created_at").values_list("pk", flat=True)[:EXPIRY_BATCH_SIZE])
    return WebhookDelivery.objects.filter(pk__in=keys).delete()[0]


def _update_webhook(webhook: Webhook, result: PostResult, now: datetime) -> None:
    rows = Webhook.objects.filter(pk=webhook.pk, disabled_reason="")
    if not result.error:
        rows.exclude(failing_since=None).update(failing_since=None)
        return
    rows.filter(failing_since=None).update(failing_since=now)
    if result.status == STATUS_GONE:
        _disable(webhook, DisabledReason.REFUSED)
    elif rows.filter(
        failing_since__lt=now - timedelta(days=settings.WEBHOOK_DISABLE_AFTER_DAYS)
    ).exists():
        _disable(webhook, DisabledReason.FAILING)


def _disable(webhook: Webhook, reason: DisabledReason) -> None:
    """Disable the webhook once, and tell the admins. Its deliveries keep waiting."""
    rows = Webhook.objects.filter(pk=webhook.pk, disabled_reason="")
    if not rows.update(disabled_reason=reason):
        return
    record_event(AuditAction.WEBHOOK_DISABLED, object=f"webhook {webhook.pk}", reason=reason.value)
    text = EMAIL_TEMPLATE.format(
        name=webhook.name,
        reason=DISABLED_TEXTS[reason],
        address=site_link(f"/webhooks/{webhook.pk}/"),
    )
    email_admins("Digitsite disabled a webhook", text)
