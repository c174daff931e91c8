"""Events that Django and allauth report by signals."""

from __future__ import annotations

import json
from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set, user_logged_in
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import Group
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver

from recognizer.audit.events import record_event
from recognizer.models import AuditAction, User

ADMIN_ACTIONS = {
    ADDITION: AuditAction.ADMIN_ADDED,
    CHANGE: AuditAction.ADMIN_CHANGED,
    DELETION: AuditAction.ADMIN_DELETED,
}
ROLE_ACTIONS = {"post_add": AuditAction.ROLE_GRANTED, "post_remove": AuditAction.ROLE_REVOKED}


@receiver(user_logged_in, dispatch_uid="audit_sign_in")
def record_sign_in(user: User, sociallogin: Any = None, **_: Any) -> None:
    method = sociallogin.account.provider if sociallogin else "local"
    record_event(AuditAction.SIGNED_IN, actor=user, method=method)


@receiver([password_changed, password_set, password_reset], dispatch_uid="audit_password")
def record_password(user: User, **_: Any) -> None:
    record_event(AuditAction.PASSWORD_CHANGED, actor=user, target=user)


@receiver(authenticator_added, dispatch_uid="audit_factor_added")
def record_added_factor(user: User, authenticator: Any, **_: Any) -> None:
    record_event(AuditAction.SECOND_FACTOR_ADDED, target=user, type=authenticator.type)


@receiver(authenticator_removed, dispatch_uid="audit_factor_removed")
def record_removed_factor(user: User, authenticator: Any, **_: Any) -> None:
    record_event(AuditAction.SECOND_FACTOR_REMOVED, target=user, type=authenticator.type)


@receiver(m2m_changed, sender=User.groups.through, dispatch_uid="audit_roles")
def record_roles(
    instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **_: Any
) -> None:
    """On each path: the admin site, the command line, the groups of a provider."""
    if action == "pre_clear" and not reverse:
        for role in instance.groups.values_list("name", flat=True):
            record_event(AuditAction.ROLE_REVOKED, target=instance, object=role)
    if action not in ROLE_ACTIONS or not pk_set:
        return
    users = User.objects.filter(pk__in=pk_set) if reverse else [instance]
    groups = [instance] if reverse else Group.objects.filter(pk__in=pk_set).order_by("name")
    for user in users:
        for group in groups:
            record_event(ROLE_ACTIONS[action], target=user, object=group.name)


@receiver(post_save, sender=LogEntry, dispatch_uid="audit_admin_site")
def record_admin_change(instance: LogEntry, created: bool, **_: Any) -> None:
    """Record the table, the id and the names of the changed fields, but no values."""
    if not created or instance.action_flag not in ADMIN_ACTIONS:
        return
    table = instance.content_type.model if instance.content_type else ""
    is_user = table == "user" and instance.action_flag != DELETION
    record_event(
        ADMIN_ACTIONS[instance.action_flag],
        actor=instance.user,
        target=User.objects.filter(pk=int(instance.object_id or 0)).first() if is_user else None,
        object=f"{table} {instance.object_id}",
        fields=read_changed_fields(instance.change_message),
    )


def read_changed_fields(message: str) -> list[str]:
    try:
        changes = json.loads(message)
    except ValueError:
        return []
    parts = [part for change in changes if isinstance(change, dict) for part in change.values()]
    return [str(field) for part in parts for field in part.get("fields", [])]
