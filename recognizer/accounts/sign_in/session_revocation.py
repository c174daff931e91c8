"""The end of a user's sessions, sockets and tokens after a change of password or second factor."""

from functools import partial

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from recognizer.messaging.event_publisher import publish_credentials_changed, publish_sign_out
from recognizer.models import User


def end_sessions(*, user: User, keep_session_key: str = "", keep_tokens: bool = False) -> None:
    """End the sessions, sockets and API tokens of a user, except one session.

    The new `session_version` makes every session invalid, including those without a `UserSession`.
    """
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(session_version=F("session_version") + 1)
        rows = UserSession.objects.filter(user_id=user.pk).exclude(session_key=keep_session_key)
        Session.objects.filter(session_key__in=rows.values("session_key")).delete()
        rows.delete()
        user.refresh_from_db(fields=["session_version"])  # a later `save` must not restore it
        if not keep_tokens:
            user.api_tokens.all().delete()
    transaction.on_commit(partial(publish_credentials_changed, user.pk))


def end_other_sessions(request: HttpRequest, *, user: User, keep_tokens: bool = False) -> None:
    """End all sessions of the signed-in user but the one of this request."""
    key = request.session.session_key or ""
    end_sessions(user=user, keep_session_key=key, keep_tokens=keep_tokens)
    changed = User.objects.get(pk=user.pk)
    request.session[HASH_SESSION_KEY] = changed.get_session_auth_hash()


def end_session(*, session: UserSession) -> None:
    """End one session and close its sockets."""
    session.end()
    transaction.on_commit(partial(publish_sign_out, session.session_key))
