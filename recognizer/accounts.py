"""What people may change about their account: consent, tokens, roles, and its end."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from recognizer.access import NotFound
from recognizer.history.bin import ERASED_AT_ONCE, erase_drawings
from recognizer.models import ApiToken, User

ROLES: Final = ("reviewer", "admin")
KEY_PREFIX = "ds_"
TOKENS_MAX = 50
TOKEN_MAX_DAYS = 3650
USE_NOTED_AFTER_S = 60
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class CannotMakeToken(Exception):
    """The name or the expiry makes no sense, or there are too many already."""


class CannotSetRole(Exception):
    """There is no such role, or the site would be left without an admin."""


class CannotDeleteAccount(Exception):
    """The site would be left without an admin."""


@dataclass(frozen=True)
class MadeToken:
    """`key` is shown to its owner now and never again."""

    token: ApiToken
    key: str


def make_token(*, user: User, name: str, days: int | None = None) -> MadeToken:
    """A new API token; it expires after `days`, or never. Raises CannotMakeToken."""
    name = name.strip()
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise CannotMakeToken("Give the token a name of 1 to 80 characters.")
    if days is not None and not 1 <= days <= TOKEN_MAX_DAYS:
        raise CannotMakeToken(f"A token can last from 1 to {TOKEN_MAX_DAYS} days.")
    if user.api_tokens.count() >= TOKENS_MAX:
        raise CannotMakeToken(f"You have {TOKENS_MAX} tokens already. Delete one first.")
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        key_sha256=_sha256(key),
        key_start=key[:8],
        expires_at=timezone.now() + timedelta(days=days) if days else None,
    )
    return MadeToken(token, key)


def list_tokens(user: User) -> QuerySet[ApiToken]:
    """Newest first, expired ones included."""
    return user.api_tokens.all()


def revoke_token(*, user: User, token_id: int) -> None:
    """The token stops working at once. Raises NotFound for another's."""
    deleted, _ = user.api_tokens.filter(pk=token_id).delete()
    if not deleted:
        raise NotFound("You have no such token.")


def user_of_token(key: str) -> User | None:
    """The active owner of a token that has not expired, or None. Notes when it was used, at most
    once a minute, so that a busy program costs no write for each request."""
    now = timezone.now()
    token = (
        ApiToken.objects.filter(key_sha256=_sha256(key))
        .filter(Q(expires_at=None) | Q(expires_at__gt=now), user__is_active=True)
        .select_related("user")
        .first()
    )
    if token is None:
        return None
    noted = now - timedelta(seconds=USE_NOTED_AFTER_S)
    if token.last_used_at is None or token.last_used_at < noted:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token.user


def change_consent(*, user: User, teaches: bool) -> None:
    """Whether one's drawings may teach the network, from now on."""
    user.teaches = teaches
    user.teaches_decided_at = timezone.now()
    user.save(update_fields=["teaches", "teaches_decided_at"])


def grant_role(*, user: User, role: str) -> None:
    """Put somebody into the group of a role. Raises CannotSetRole."""
    user.groups.add(_group(role))
    settle_staff(user)


def revoke_role(*, user: User, role: str) -> None:
    """Take a role from somebody. Raises CannotSetRole when no admin would be left."""
    with transaction.atomic():
        user.groups.remove(_group(role))
        if role == "admin" and not admins().exists():
            raise CannotSetRole("Somebody must remain an admin.")
    settle_staff(user)


def settle_staff(user: User) -> None:
    """After roles changed: Django calls staff whom this site calls admins."""
    user.__dict__.pop("_roles", None)
    user.is_staff = user.is_admin
    user.save(update_fields=["is_staff"])


def admins() -> QuerySet[User]:
    """Everybody who is an admin and may sign in."""
    role = Q(is_superuser=True) | Q(groups__name="admin")
    return User.objects.filter(role, is_active=True).distinct()


def delete_account(*, user: User) -> None:
    """The account and everything drawn with it, files included. Raises CannotDeleteAccount.

    1. At once nobody can sign in with it, and its drawings are past taking back: should the
       rest be interrupted, the sweep erases them all the same.
    2. The drawings go in small transactions, which keep no other writer waiting.
    3. The account goes, its sessions' sockets close.
    """
    with transaction.atomic():
        if user.is_admin and not admins().exclude(pk=user.pk).exists():
            raise CannotDeleteAccount("You are the only admin. Make somebody else one first.")
        User.objects.filter(pk=user.pk).update(is_active=False)
        user.drawings.update(deleted_at=LONG_AGO)
    from recognizer import delivery  # type: ignore

    delivery.close_sockets(user_id=user.pk)
    while batch := list(user.drawings.only("pk", "picture")[:ERASED_AT_ONCE]):
        erase_drawings(user.pk, batch)
    user.delete()


def _group(role: str) -> Group:
    if role not in ROLES:
        raise CannotSetRole(f"There is no role {role!r}. There are: {', '.join(ROLES)}.")
    return Group.objects.get_or_create(name=role)[0]


def _sha256(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
