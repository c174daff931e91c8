"""Webhook pages for admins: list, create, change, log, test, replay."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from recognizer import permission_checked_lookups
from recognizer.base_errors import DomainError
from recognizer.models import DeliveryStatus, Webhook, WebhookDelivery, WebhookEvent
from recognizer.views.access_decorators import admin_required, require_user
from recognizer.views.webhooks.forms import EVENT_LABELS, WebhookForm, fill_form
from recognizer.webhooks import registry
from recognizer.webhooks.api_payloads import ATTEMPT_ERRORS
from recognizer.webhooks.delivery_queue import load_delivery_page

PAGE_SIZE = 25


@require_safe
@admin_required
@never_cache
def show_webhooks(request: HttpRequest) -> HttpResponse:
    return _render_list(request, WebhookForm())


@require_POST
@admin_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
@never_cache
def create_webhook(request: HttpRequest) -> HttpResponse:
    """Show the secret in this response. A redirect would need to store it."""
    form = WebhookForm(request.POST)
    new = _try(form, lambda: registry.create_webhook(by=require_user(request), **form.cleaned_data))
    if new is None:
        return _render_list(request, form, status=400)
    return _render_webhook(request, new.webhook, secret=new.secret)


@require_safe
@admin_required
@never_cache
def show_webhook(request: HttpRequest, webhook_id: int) -> HttpResponse:
    return _render_webhook(request, _get_webhook(request, webhook_id))


@require_POST
@admin_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
@never_cache
def update_webhook(request: HttpRequest, webhook_id: int) -> HttpResponse:
    webhook, form = _get_webhook(request, webhook_id), WebhookForm(request.POST)
    by = require_user(request)
    if _try(form, lambda: registry.update_webhook(webhook, by=by, **form.cleaned_data)) is None:
        stored = _get_webhook(request, webhook_id)
        return _render_webhook(request, stored, form=form, status=400)
    messages.success(request, "Saved.", extra_tags="webhook_saved")
    return redirect("webhook", webhook.pk)


@require_POST
@admin_required
def switch_webhook(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Enable the webhook if the form has `enable`, else disable it."""
    webhook, by = _get_webhook(request, webhook_id), require_user(request)
    registry.update_webhook(webhook, by=by, is_enabled="enable" in request.POST)
    text = "Webhook enabled." if webhook.is_enabled else "Webhook disabled."
    messages.success(request, text, extra_tags="webhook_switched")
    return redirect("webhook", webhook.pk)


@require_POST
@admin_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
@never_cache
def rotate_secret(request: HttpRequest, webhook_id: int) -> HttpResponse:
    new = registry.rotate_secret(_get_webhook(request, webhook_id), by=require_user(request))
    return _render_webhook(request, new.webhook, secret=new.secret)


@require_POST
@admin_required
def send_test(request: HttpRequest, webhook_id: int) -> HttpResponse:
    webhook = _get_webhook(request, webhook_id)
    return _queue(request, webhook, lambda: registry.send_test(webhook))


@require_POST
@admin_required
def replay_delivery(request: HttpRequest, webhook_id: int, delivery_id: UUID) -> HttpResponse:
    webhook = _get_webhook(request, webhook_id)
    delivery = permission_checked_lookups.get_webhook_delivery(webhook, delivery_id)
    return _queue(request, webhook, lambda: registry.replay(delivery))


@require_POST
@admin_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
def delete_webhook(request: HttpRequest, webhook_id: int) -> HttpResponse:
    webhook = _get_webhook(request, webhook_id)
    registry.delete_webhook(webhook, by=require_user(request))
    messages.success(request, f"“{webhook.name}” was deleted.", extra_tags="webhook_deleted")
    return redirect("webhooks")


def _get_webhook(request: HttpRequest, webhook_id: int) -> Webhook:
    return permission_checked_lookups.get_webhook(require_user(request), webhook_id)


def _try(form: WebhookForm, change: Callable[[], Any]) -> Any:
    """Return the result of the change, or None with the errors in the form."""
    if not form.is_valid():
        return None
    try:
        return change()
    except DomainError as error:
        if not error.errors:
            form.add_error(None, error.message)
        for field, message in (error.errors or {}).items():
            form.add_error(field, message)
        return None


def _queue(
    request: HttpRequest, webhook: Webhook, change: Callable[[], WebhookDelivery]
) -> HttpResponse:
    try:
        change()
    except registry.CannotChangeWebhook as error:
        messages.error(request, error.message, extra_tags=error.code)
    return redirect("webhook", webhook.pk)


def _render_list(request: HttpRequest, form: WebhookForm, *, status: int = 200) -> HttpResponse:
    context = {"webhooks": Webhook.objects.all(), "form": form}
    return render(request, "webhooks/list.html", context, status=status)


def _render_webhook(
    request: HttpRequest,
    webhook: Webhook,
    *,
    form: WebhookForm | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    cursor = request.GET.get("cursor")
    after = permission_checked_lookups.parse_uuid(cursor) if cursor else None
    rows, next_id = load_delivery_page(webhook, after=after, size=PAGE_SIZE)
    context = {
        "webhook": webhook,
        "form": form or fill_form(webhook),
        "secret": secret,
        "deliveries": [_describe_delivery(row) for row in rows],
        "next_id": next_id,
        "is_first_page": after is None,
    }
    return render(request, "webhooks/detail.html", context, status=status)


def _describe_delivery(delivery: WebhookDelivery) -> dict[str, Any]:
    """Return a row of the log."""
    event = WebhookEvent(delivery.event)
    attempts = [
        {
            **attempt,
            "at": datetime.fromisoformat(attempt["at"]),
            "text": ATTEMPT_ERRORS.get(attempt["error"], "Delivered"),
        }
        for attempt in reversed(delivery.attempts)
    ]
    return {
        "row": delivery,
        "title": EVENT_LABELS.get(event, "Test"),
        "attempts": attempts,
        "body": json.dumps(json.loads(delivery.body), indent=2, ensure_ascii=False),
        "is_waiting": delivery.status == DeliveryStatus.WAITING,
        "tone": {"delivered": "ok", "failed": "bad", "waiting": ""}[delivery.status],
    }
