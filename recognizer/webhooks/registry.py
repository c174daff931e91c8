"""Creation, change, rotation of the secret, and deletion of webhooks. Each is an audit event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from recognizer.accounts.secret_encryption import encrypt_text
from recognizer.audit.events import record_event
from recognizer.base_errors import CodedError
from recognizer.models import (
    AuditAction,
    DeliveryStatus,
    DisabledReason,
    User,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
)
from recognizer.webhooks.events import SELECTABLE_EVENTS, build_delivery
from recognizer.webhooks.signatures import make_secret
from recognizer.webhooks.target_address import check_url

MAX_NAME_LENGTH = 80


class CannotChangeWebhook(CodedError):
    """`code` is invalid, too_many_webhooks or webhook_disabled."""

    messages: ClassVar[Mapping[str, str]] = {
        "too_many_webhooks": "The site has as many webhooks as it may have. Delete one first.",
        "webhook_disabled": "The webhook is disabled. Enable it first.",
    }
    statuses: ClassVar[Mapping[str, int]] = {"too_many_webhooks": 409, "webhook_disabled": 409}


@dataclass(frozen=True)
class NewSecret:
    """A webhook and its new secret, which is shown once."""

    webhook: Webhook
    secret: str


def create_webhook(*, by: User, url: str, name: str, events: Iterable[str]) -> NewSecret:
    """Create an enabled webhook. Raises InvalidUrl and CannotChangeWebhook."""
    webhook = Webhook(by=by)
    _set_fields(webhook, url=url, name=name, events=events)
    secret = make_secret()
    webhook.secret = encrypt_text(secret)
    with transaction.atomic():
        if Webhook.objects.count() >= settings.WEBHOOKS_MAX:
            raise CannotChangeWebhook("too_many_webhooks")
        webhook.save()
        record_event(AuditAction.WEBHOOK_CREATED, actor=by, object=f"webhook {webhook.pk}")
    return NewSecret(webhook, secret)


def update_webhook(
    webhook: Webhook,
    *,
    by: User,
    url: str | None = None,
    name: str | None = None,
    events: Iterable[str] | None = None,
    is_enabled: bool | None = None,
) -> Webhook:
    """Change the given fields. Deliveries of a disabled webhook wait until it is enabled again.
    Raises InvalidUrl and CannotChangeWebhook."""
    _set_fields(
        webhook,
        url=webhook.url if url is None else url,
        name=webhook.name if name is None else name,
        events=webhook.events if events is None else events,
    )
    # Only these columns: the maintenance process may disable the webhook at the same moment.
    changed = ["url", "name", "events"]
    if is_enabled is not None and is_enabled != webhook.is_enabled:
        webhook.disabled_reason = "" if is_enabled else DisabledReason.ADMIN
        webhook.failing_since = None
        changed += ["disabled_reason", "failing_since"]
    with transaction.atomic():
        webhook.save(update_fields=changed)
        record_event(AuditAction.WEBHOOK_CHANGED, actor=by, object=f"webhook {webhook.pk}")
    return webhook


def rotate_secret(webhook: Webhook, *, by: User) -> NewSecret:
    """Replace the secret. The previous one signs too for WEBHOOK_ROTATION_S."""
    secret = make_secret()
    webhook.previous_secret, webhook.secret = webhook.secret, encrypt_text(secret)
    webhook.previous_secret_until = timezone.now() + timedelta(seconds=settings.WEBHOOK_ROTATION_S)
    with transaction.atomic():
        webhook.save(update_fields=["secret", "previous_secret", "previous_secret_until"])
        record_event(AuditAction.WEBHOOK_SECRET_ROTATED, actor=by, object=f"webhook {webhook.pk}")
    return NewSecret(webhook, secret)


def delete_webhook(webhook: Webhook, *, by: User) -> None:
    """Delete the webhook and its deliveries."""
    with transaction.atomic():
        record_event(AuditAction.WEBHOOK_DELETED, actor=by, object=f"webhook {webhook.pk}")
        webhook.delete()


def send_test(webhook: Webhook) -> WebhookDelivery:
    """Queue a test event. Raises CannotChangeWebhook if the webhook is disabled."""
    _check_enabled(webhook)
    delivery = build_delivery(webhook, WebhookEvent.TEST, {"webhook": webhook.pk})
    delivery.save(force_insert=True)
    return delivery


def replay(delivery: WebhookDelivery) -> WebhookDelivery:
    """Queue a delivery again, with the same id. Raises CannotChangeWebhook if the webhook is
    disabled."""
    _check_enabled(delivery.webhook)
    delivery.status, delivery.num_attempts = DeliveryStatus.WAITING, 0
    delivery.due_at = timezone.now()
    delivery.save(update_fields=["status", "num_attempts", "due_at"])
    return delivery


def _check_enabled(webhook: Webhook) -> None:
    if not webhook.is_enabled:
        raise CannotChangeWebhook("webhook_disabled")


def _set_fields(webhook: Webhook, *, url: str, name: str, events: Iterable[str]) -> None:
    name, chosen = name.strip(), set(events)
    if not 1 <= len(name) <= MAX_NAME_LENGTH or not name.isprintable():
        raise _invalid("name", f"Enter a name of 1 to {MAX_NAME_LENGTH} characters.")
    if unknown := chosen - set(SELECTABLE_EVENTS):
        raise _invalid("events", f"There is no event {min(unknown)!r}.")
    if not chosen:
        raise _invalid("events", "Choose at least one event.")
    webhook.url, webhook.name = check_url(url.strip()), name
    webhook.events = [event.value for event in SELECTABLE_EVENTS if event in chosen]


def _invalid(field: str, message: str) -> CannotChangeWebhook:
    return CannotChangeWebhook("invalid", message, errors={field: message})
