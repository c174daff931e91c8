"""Guests: visitors who draw without an account (docs/access.md).

A guest is a user without a password. The row is created with the first drawing that is sent. It
becomes an account when the guest chooses a username and password, its drawings move to the account
that the guest signs in to, or it is deleted with its drawings.
"""

from datetime import timedelta
from secrets import token_hex
from typing import Final

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from recognizer.accounts.deletion import delete_account
from recognizer.db.random_uuid import RandomUuid
from recognizer.models import Challenge, Drawing, Feed, Label, User

USERNAME_PREFIX: Final = "guest:"
"""Prefix of the username of a guest. Names that users choose have no colon."""
MOVE_MAX_ATTEMPTS: Final = 3
RETRIED_SQLSTATES: Final = frozenset({"40001", "40P01"})
"""PostgreSQL: serialization failure, and deadlock."""
DELETE_BATCH_SIZE: Final = 50


def create_guest() -> User:
    guest = User(username=f"{USERNAME_PREFIX}{token_hex(8)}", is_guest=True)
    guest.set_unusable_password()
    guest.save()
    return guest


def begin_upgrade(guest: User) -> User | None:
    """Lock a guest until the end of the transaction, as an account that its caller completes.

    The account has no roles, also if the database gave the guest some.
    Returns None if the guest was upgraded or deleted in the meantime.
    """
    locked = _lock_guest(guest)
    if locked is not None:
        locked.is_guest = locked.is_staff = locked.is_superuser = False
        locked.groups.clear()
        locked.date_joined = timezone.now()
    return locked


def move_drawings(*, guest: User, user: User) -> None:
    """Move the drawings of a guest to an account and delete the guest.

    The drawings keep their ids, order, claims, and refs that the account does not use. They get new
    cursors of the account. Raises a database error if nothing was moved.
    """
    for attempt in range(1, MOVE_MAX_ATTEMPTS + 1):
        try:
            _move_drawings(guest, user)
            return
        except OperationalError as error:
            sqlstate = getattr(error.__cause__, "sqlstate", "")
            if attempt == MOVE_MAX_ATTEMPTS or sqlstate not in RETRIED_SQLSTATES:
                raise


def delete_expired_guests() -> int:
    """Delete guests without a drawing in the last GUEST_HOURS hours, and return their number.

    Guests that are inactive already were left by an interrupted deletion.
    """
    expired = list_expired_guests()
    guests = list(expired[:DELETE_BATCH_SIZE])
    for guest in guests:
        # The compare-and-set prevents the deletion of a guest that draws or upgrades right now.
        if expired.filter(pk=guest.pk).update(is_active=False):
            delete_account(user=guest)
    return len(guests)


def list_expired_guests() -> QuerySet[User]:
    earliest = timezone.now() - timedelta(hours=settings.GUEST_HOURS)
    recent = Drawing.objects.filter(owner=OuterRef("pk"), drawn_at__gte=earliest)
    return User.objects.filter(
        Q(is_active=False) | Q(~Exists(recent), date_joined__lt=earliest), is_guest=True
    ).order_by("date_joined")


def _lock_guest(guest: User) -> User | None:
    """Lock the row of a guest. Drawings of the guest can still be stored: the key is not locked."""
    guests = User.objects.select_for_update(no_key=True).filter(is_guest=True, is_active=True)
    return guests.filter(pk=guest.pk).first()


def _move_drawings(guest: User, user: User) -> None:
    with transaction.atomic():
        # Writers lock the feeds by user id, then users by foreign keys. Another order deadlocks.
        cursors = {pk: Feed.advance(pk, 0) for pk in sorted((guest.pk, user.pk))}
        if _lock_guest(guest) is None:
            transaction.set_rollback(True)  # the feed of a deleted guest violates its foreign key
            return
        drawings = Drawing.objects.filter(owner=guest)
        used_refs = Drawing.objects.filter(owner=user).values("ref")
        drawings.filter(ref__in=used_refs).update(ref=RandomUuid())
        # One statement: others wait for this transaction, on SQLite all writers.
        drawings.update(owner=user, cursor=F("cursor") + cursors[user.pk])
        Feed.advance(user.pk, cursors[guest.pk])
        Label.objects.filter(author=guest).update(author=user)
        _move_challenges(guest, user)
        User.objects.filter(pk=guest.pk).delete()


def _move_challenges(guest: User, user: User) -> None:
    """Move the challenges of a guest. An open one ends: the account may have another."""
    challenges = Challenge.objects.filter(owner=guest)
    open_ones = challenges.filter(finished_at=None, abandoned_at=None)
    open_ones.update(abandoned_at=timezone.now())
    challenges.update(owner=user)
