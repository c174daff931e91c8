"""What people may change about their account: consent, tokens, roles, and its end."""

from datetime import UTC, datetime
from typing import Final

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from recognizer.accounts.tokens import (
    CannotMakeToken,
    NewToken,
    create_token,
    list_tokens,
    revoke_token,
)
from recognizer.drawings.trash import ERASE_BATCH_SIZE, erase_drawings
from recognizer.errors import DomainError
from recognizer.models import Feed, User
from recognizer.review.ground_truth import rederive_ground_truths

__all__ = [
    "ROLES",
    "CannotDeleteAccount",
    "CannotMakeToken",
    "CannotSetRole",
    "NewToken",
    "create_token",
    "delete_account",
    "finish_account_deletions",
    "grant_role",
    "list_admins",
    "list_tokens",
    "revoke_role",
    "revoke_token",
    "set_teaching_consent",
    "sync_staff_flag",
]

ROLES: Final = ("reviewer", "admin")
UNRESTORABLE_DELETED_AT = datetime(2000, 1, 1, tzinfo=UTC)
DELETING_PREFIX: Final = "leaving:"
"""How the name of an account begins that is being deleted; people's own have no colon."""


class CannotSetRole(DomainError):
    """The role does not exist, or the site would have no admin left."""


class CannotDeleteAccount(DomainError):
    """The site would have no admin left."""

    code = "last_admin"
    status = 409


def set_teaching_consent(*, user: User, may_teach: bool) -> None:
    """Whether one's drawings may teach the network, from now on."""
    user.may_teach = may_teach
    user.may_teach_decided_at = timezone.now()
    user.save(update_fields=["may_teach", "may_teach_decided_at"])


def grant_role(*, user: User, role: str) -> None:
    """Put somebody into the group of a role. Raises CannotSetRole."""
    user.groups.add(_role_group(role))
    sync_staff_flag(user)


def revoke_role(*, user: User, role: str) -> None:
    """Take a role from somebody. Raises CannotSetRole when no admin would be left."""
    with transaction.atomic():
        user.groups.remove(_role_group(role))
        if role == "admin":
            user.is_superuser = False
            user.save(update_fields=["is_superuser"])
        if role == "admin" and not list_admins().exists():
            raise CannotSetRole("Somebody must remain an admin.")
    sync_staff_flag(user)


def sync_staff_flag(user: User) -> None:
    """After roles changed: Django calls staff whom this site calls admins, and verdicts count only
    of people who are reviewers."""
    user.__dict__.pop("_roles", None)
    user.is_staff = user.is_admin
    user.save(update_fields=["is_staff"])
    rederive_ground_truths(user)


def list_admins() -> QuerySet[User]:
    """Everybody who is an admin and may sign in."""
    role = Q(is_superuser=True) | Q(groups__name="admin")
    return User.objects.filter(role, is_active=True).distinct()


def delete_account(*, user: User) -> None:
    """The account and everything drawn with it, files included. Raises CannotDeleteAccount.

    1. At once nobody can sign in with it, its name is nobody's, and its drawings are past taking
       back: should the rest be interrupted, the sweep does it.
    2. The drawings go in small transactions, which keep no other writer waiting; with them those
       that an open socket still brings.
    3. The account goes. Its sessions and tokens stood for nobody since the first step, which
       the sockets notice by themselves.
    """
    with transaction.atomic():
        if user.is_admin and not list_admins().exclude(pk=user.pk).exists():
            raise CannotDeleteAccount("You are the only admin. Make somebody else one first.")
        _trash_drawings(user)
        leaving = f"{DELETING_PREFIX}{user.pk}"
        User.objects.filter(pk=user.pk).update(is_active=False, username=leaving, email="")
    _finish_deletion(user)


def finish_account_deletions() -> int:
    """Ends accounts whose deletion was interrupted; how many."""
    leaving = list(User.objects.filter(is_active=False, username__startswith=DELETING_PREFIX))
    for user in leaving:
        _finish_deletion(user)
    return len(leaving)


def _finish_deletion(user: User) -> None:
    rederive_ground_truths(user)
    while not _delete_if_empty(user):
        _trash_drawings(user)
        erase_drawings(
            user.pk, list(user.drawings.only("pk", "owner_id", "picture")[:ERASE_BATCH_SIZE])
        )


def _trash_drawings(user: User) -> None:
    """Past taking back. The feed goes first, as everywhere: no two writers wait in a circle."""
    with transaction.atomic():
        Feed.advance(user.pk)
        user.drawings.exclude(deleted_at=UNRESTORABLE_DELETED_AT).update(
            deleted_at=UNRESTORABLE_DELETED_AT
        )


def _delete_if_empty(user: User) -> bool:
    """Delete an account without drawings; False when it has some, or one comes meanwhile."""
    if user.drawings.exists():
        return False
    try:
        User.objects.filter(pk=user.pk).delete()
    except IntegrityError:
        return False
    return True


def _role_group(role: str) -> Group:
    if role not in ROLES:
        raise CannotSetRole(f"There is no role {role!r}. There are: {', '.join(ROLES)}.")
    return Group.objects.get_or_create(name=role)[0]
