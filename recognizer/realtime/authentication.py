"""Authentication of sockets by session cookie or API token, and whether it is still valid."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from recognizer.accounts.api_tokens import authenticate_token
from recognizer.models import ApiToken, User
from recognizer.payers import Payer, user_payer
from recognizer.protocol import SocketUser
from recognizer.realtime.asgi_types import Scope, build_page_request


@dataclass(frozen=True, slots=True)
class Identity:
    """A user and their credential: a session key with its password hash, or a token's SHA-256.

    `address` is the address of a session's client.
    """

    user_id: int
    username: str
    is_guest: bool = False
    address: str = ""
    session_key: str = ""
    password_hash: str = ""
    token_sha256: str = ""

    @property
    def user(self) -> SocketUser:
        """Return the user as `hello` names them."""
        return {"id": self.user_id, "username": self.username}

    @property
    def payer(self) -> Payer:
        return user_payer(self.user_id, is_guest=self.is_guest, address=self.address)


def identify_session(scope: Scope) -> Identity | None:
    """Return the user of the session cookie of the handshake, or None."""
    key = _session_key(scope)
    if not key:
        return None
    session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(cast("Any", SimpleNamespace(session=session)))
    if not isinstance(user, User) or (user.is_guest and not settings.GUESTS):
        return None
    return Identity(
        user.pk,
        user.public_name,
        is_guest=user.is_guest,
        address=(scope.get("client") or ("",))[0],
        session_key=key,
        password_hash=user.get_session_auth_hash(),
    )


def identify_token(key: str) -> Identity | None:
    user = authenticate_token(key)
    if user is None:
        return None
    sha256 = hashlib.sha256(key.encode()).hexdigest()
    return Identity(user.pk, user.get_username(), token_sha256=sha256)


def find_valid_identities(identities: Collection[Identity]) -> set[Identity]:
    """Return the identities that are still valid. It takes three queries for any number."""
    now = timezone.now()
    sessions = set(
        Session.objects.filter(
            session_key__in={one.session_key for one in identities if one.session_key},
            expire_date__gt=now,
        ).values_list("session_key", flat=True)
    )
    tokens = set(
        ApiToken.objects.filter(
            Q(expires_at=None) | Q(expires_at__gt=now),
            key_sha256__in={one.token_sha256 for one in identities if one.token_sha256},
        ).values_list("key_sha256", flat=True)
    )
    users = User.objects.filter(is_active=True).only("password", "session_version")
    found = users.in_bulk({one.user_id for one in identities})
    hashes = {pk: user.get_session_auth_hash() for pk, user in found.items()}
    return {
        one
        for one in identities
        if one.user_id in hashes
        and (one.token_sha256 in tokens or one.session_key in sessions)
        and (one.token_sha256 or constant_time_compare(one.password_hash, hashes[one.user_id]))
    }


def _session_key(scope: Scope) -> str:
    key: str = build_page_request(scope).COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return key
