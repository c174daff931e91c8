"""API tokens. Only their SHA-256 is stored."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from recognizer.audit.events import record_event
from recognizer.base_errors import DomainError
from recognizer.models import ApiToken, AuditAction, User
from recognizer.permission_checked_lookups import NotFound

KEY_PREFIX = "ds_"
MAX_TOKENS = 50
MAX_TOKEN_DAYS = 3650
LAST_USED_INTERVAL_S = 60


class CannotMakeToken(DomainError):
    """The name or the expiry is invalid, or the user has too many tokens."""


@dataclass(frozen=True)
class NewToken:
    """A token and its `key`, which is shown to the owner once."""

    token: ApiToken
    key: str


def create_token(*, user: User, name: str, days: int | None = None) -> NewToken:
    """Create an API token that expires after `days`, or never. Raises CannotMakeToken."""
    if user.is_guest:
        raise CannotMakeToken("Guests have no API tokens. Choose a username first.")
    name = name.strip()
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise CannotMakeToken("Give the token a name of 1 to 80 characters.")
    if days is not None and not 1 <= days <= MAX_TOKEN_DAYS:
        raise CannotMakeToken(f"A token can last from 1 to {MAX_TOKEN_DAYS} days.")
    if user.api_tokens.count() >= MAX_TOKENS:
        raise CannotMakeToken(f"You have {MAX_TOKENS} tokens already. Delete one first.")
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        key_sha256=_sha256(key),
        key_start=key[:8],
        expires_at=timezone.now() + timedelta(days=days) if days else None,
    )
    record_event(AuditAction.TOKEN_CREATED, target=user, object=f"token {token.pk}", days=days)
    return NewToken(token, key)


def list_tokens(user: User) -> QuerySet[ApiToken]:
    """Return all tokens of a user, newest first, including expired ones."""
    return user.api_tokens.all()


def revoke_token(*, user: User, token_id: int) -> None:
    """Delete a token of a user. Raises NotFound."""
    deleted, _ = user.api_tokens.filter(pk=token_id).delete()
    if not deleted:
        raise NotFound("You have no such token.")
    record_event(AuditAction.TOKEN_REVOKED, target=user, object=f"token {token_id}")


def authenticate_token(key: str) -> User | None:
    """Return the active owner of a valid token, or None.

    The time of use is stored at most once a minute, so that requests cost no writes.
    """
    now = timezone.now()
    token = (
        ApiToken.objects.filter(key_sha256=_sha256(key))
        .filter(Q(expires_at=None) | Q(expires_at__gt=now), user__is_active=True)
        .select_related("user")
        .first()
    )
    if token is None:
        return None
    oldest = now - timedelta(seconds=LAST_USED_INTERVAL_S)
    if token.last_used_at is None or token.last_used_at < oldest:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token.user


def _sha256(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
