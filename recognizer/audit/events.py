"""Recording and expiry of audit events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.utils import timezone

from recognizer.audit.request_actor import current_request
from recognizer.models import AuditAction, AuditEvent, User

MAX_OBJECT_LENGTH = 200
EXPIRY_BATCH_SIZE = 1_000


def record_event(
    action: AuditAction,
    *,
    actor: User | None = None,
    target: User | None = None,
    object: str = "",
    **details: Any,
) -> None:
    """Append an event, in the transaction of the change. The actor is by default the user of the
    request. Names of users do not belong into `object` and `details`."""
    request = current_request()
    if actor is None and request is not None:
        user = getattr(request, "user", None)
        actor = user if isinstance(user, User) else None
    AuditEvent.objects.create(
        action=action,
        actor=actor,
        target=target,
        object=object[:MAX_OBJECT_LENGTH],
        details=details if request is not None else {**details, "origin": "command or process"},
        address=get_adapter().get_client_ip(request) if request is not None else None,
    )


def delete_expired_events() -> int:
    """Delete events older than AUDIT_LOG_DAYS and return their number; 0 days keep all."""
    if not settings.AUDIT_LOG_DAYS:
        return 0
    before = timezone.now() - timedelta(days=settings.AUDIT_LOG_DAYS)
    expired = AuditEvent.objects.filter(created_at__lt=before).order_by("created_at")
    keys = list(expired.values_list("pk", flat=True)[:EXPIRY_BATCH_SIZE])
    return AuditEvent.objects.filter(pk__in=keys).delete()[0]
