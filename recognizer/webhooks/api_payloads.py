"""JSON of webhooks and their deliveries."""

from typing import Annotated, Any, TypedDict

import orjson

from recognizer.models import (
    DeliveryStatus,
    DisabledReason,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
)
from recognizer.protocol.drawing_json_payloads import JsonSchema, Timestamp, Url
from recognizer.webhooks.events import SELECTABLE_EVENTS

ATTEMPT_ERRORS = {
    "status": "The receiver responded with a failure",
    "redirect": "The receiver responded with a redirect, which is not followed",
    "timeout": "The receiver or the DNS did not respond in time",
    "connection": "The connection failed",
    "tls": "The certificate is not valid",
    "name_not_found": "The host name does not exist",
    "address_not_allowed": "The host has a private address, or needs https",
    "invalid_url": "The address is not valid",
    "secret_lost": "The secret does not fit SECRET_KEY: rotate it",
}


class WebhookPayload(TypedDict):
    id: int
    name: str
    url: Url
    events: list[Annotated[str, JsonSchema(enum=[event.value for event in SELECTABLE_EVENTS])]]
    is_enabled: bool
    disabled_reason: Annotated[Annotated[str, DisabledReason] | None, "Null: it is enabled."]
    failing_since: Annotated[Timestamp | None, "Since when no delivery has succeeded."]
    created_at: Timestamp


class WebhookSecretPayload(WebhookPayload):
    secret: Annotated[str, "Key of the signatures. It is not shown again."]


class WebhookListPayload(TypedDict):
    results: list[WebhookPayload]


class AttemptPayload(TypedDict):
    at: Timestamp
    status: Annotated[int | None, "HTTP status; null without a response."]
    error: Annotated[
        Annotated[str, JsonSchema(enum=list(ATTEMPT_ERRORS))] | None, "Null: it was delivered."
    ]
    duration_ms: int


class DeliveryPayload(TypedDict):
    id: Annotated[str, "The header `webhook-id`, which a replay keeps."]
    event: Annotated[str, WebhookEvent]
    status: Annotated[str, DeliveryStatus]
    attempts: Annotated[list[AttemptPayload], "The newest 20, oldest first."]
    response: Annotated[str, "Start of the last response."]
    body: Annotated[dict[str, Any], "The body that is sent."]
    due_at: Annotated[Timestamp | None, "Time of the next attempt; null if none is planned."]
    created_at: Timestamp


class DeliveryListPayload(TypedDict):
    next: Annotated[Url | None, "The next page; null on the last one."]
    results: list[DeliveryPayload]


def webhook_json(webhook: Webhook) -> WebhookPayload:
    since = webhook.failing_since
    return {
        "id": webhook.pk,
        "name": webhook.name,
        "url": webhook.url,
        "events": webhook.events,
        "is_enabled": webhook.is_enabled,
        "disabled_reason": webhook.disabled_reason or None,
        "failing_since": since.isoformat() if since else None,
        "created_at": webhook.created_at.isoformat(),
    }


def webhook_secret_json(webhook: Webhook, secret: str) -> WebhookSecretPayload:
    return {**webhook_json(webhook), "secret": secret}


def delivery_json(delivery: WebhookDelivery) -> DeliveryPayload:
    is_waiting = delivery.status == DeliveryStatus.WAITING
    return {
        "id": delivery.message_id,
        "event": delivery.event,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "response": delivery.response,
        "body": orjson.loads(delivery.body),
        "due_at": delivery.due_at.isoformat() if is_waiting else None,
        "created_at": delivery.created_at.isoformat(),
    }
