"""Erasure of a user's name and addresses outside the user's own rows."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Model, Q, TextField
from django.db.models.functions import Cast

from recognizer.mail.outbox import delete_mail_to
from recognizer.models import ApiToken, AuditEvent, User

ERASED_NAME = "(erased)"
SESSION_BATCH_SIZE = 500
USER_TABLES: tuple[type[Model], ...] = (ApiToken, Authenticator, EmailAddress)


def erase_name_and_addresses(user: User) -> None:
    """Erase them from the admin log and from the outbox, while the account still has them.

    Entries of the log keep who did what and when. The owner of a row that was deleted before is
    unknown, so entries about such addresses, tokens and second factors lose their text as well.
    """
    addresses = set(EmailAddress.objects.filter(user=user).values_list("email", flat=True))
    addresses |= {user.email.lower()} - {""}
    about = Q(object_repr=user.username) | (_is_about(User) & Q(object_id=str(user.pk)))
    for table in USER_TABLES:
        rows = table._default_manager.exclude(user=user)
        others = rows.annotate(key=Cast("pk", TextField())).values("key")
        about |= _is_about(table) & ~Q(object_id__in=others)
    for address in addresses:
        about |= Q(object_repr__icontains=address) | Q(change_message__icontains=address)
    LogEntry.objects.filter(about).update(object_repr=ERASED_NAME, change_message="")
    AuditEvent.objects.filter(actor=user).update(address=None)
    delete_mail_to(addresses)


def delete_sessions(user: User) -> None:
    """Delete all sessions that name a user, including those of an unfinished sign-in.

    Sessions are encoded, so all of them are read.
    """
    last = ""
    while page := list(Session.objects.filter(pk__gt=last).order_by("pk")[:SESSION_BATCH_SIZE]):
        keys = [one.pk for one in page if _is_session_of(user, one.get_decoded())]
        Session.objects.filter(pk__in=keys).delete()
        last = page[-1].pk


def _is_about(table: type[Model]) -> Q:
    return Q(content_type=ContentType.objects.get_for_model(table))


def _is_session_of(user: User, data: dict[str, Any]) -> bool:
    unfinished = data.get("account_login") or {}
    return str(user.pk) in (
        data.get(SESSION_KEY),
        data.get("account_authentication_methods_user"),
    ) or unfinished.get("user_pk") == user_pk_to_url_str(user)
