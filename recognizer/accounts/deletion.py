"""Deletion of accounts with all their drawings."""

from datetime import UTC, datetime
from typing import Final

from django.db import IntegrityError, transaction

from recognizer.accounts.admin_email import list_admins
from recognizer.accounts.sign_in.session_revocation import end_sessions
from recognizer.accounts.trace_erasure import delete_sessions, erase_name_and_addresses
from recognizer.audit.events import record_event
from recognizer.base_errors import DomainError
from recognizer.maintenance.deleted_drawing_erasure import ERASE_BATCH_SIZE, erase_drawings
from recognizer.models import AuditAction, Feed, LabelKind, User
from recognizer.review.ground_truth import rederive_ground_truths

UNRESTORABLE_DELETED_AT = datetime(2000, 1, 1, tzinfo=UTC)
DELETING_PREFIX: Final = "leaving:"
"""Prefix of the username of an account that is being deleted. Other usernames have no colon."""


class CannotDeleteAccount(DomainError):
    """The site would have no admin left."""

    code = "last_admin"
    status = 409


def delete_account(*, user: User) -> None:
    """Delete an account with its drawings and files. Raises CannotDeleteAccount.

    1. One transaction disables signing in, frees the username, erases it from the admin log and
       deletes the drawings beyond restoring. If the rest is interrupted, the sweep finishes it.
    2. The drawings are erased in small transactions that do not block other writers, together with
       those that an open socket submits in the meantime.
    3. The account is deleted. Its sessions, tokens and sockets end in step 1.
    """
    with transaction.atomic():
        if user.is_admin and not list_admins().exclude(pk=user.pk).exists():
            raise CannotDeleteAccount("You are the only admin. Make another user an admin first.")
        _trash_drawings(user)
        if not user.is_guest:
            record_event(AuditAction.ACCOUNT_DELETED, object=f"user {user.pk}")
        erase_name_and_addresses(User.objects.get(pk=user.pk))
        name = f"{DELETING_PREFIX}{user.pk}"
        User.objects.filter(pk=user.pk).update(
            is_active=False, username=name, username_key=name, email=""
        )
        end_sessions(user=user)
    _finish_deletion(user)


def finish_account_deletions() -> int:
    """Finish interrupted deletions of accounts and return their number."""
    deleted = list(User.objects.filter(is_active=False, username__startswith=DELETING_PREFIX))
    for user in deleted:
        _finish_deletion(user)
    return len(deleted)


def _finish_deletion(user: User) -> None:
    if not user.is_guest:  # all sessions of a guest have ended; this reads the ones of all users
        delete_sessions(user)
    rederive_ground_truths(user)
    if user.reviews_suspended_at:  # training sets use none whose label is missing
        user.labels.exclude(kind=LabelKind.CLAIM).delete()
    while not _delete_if_empty(user):
        _trash_drawings(user)
        erase_drawings(list(user.drawings.only("pk", "owner_id", "picture")[:ERASE_BATCH_SIZE]))


def _trash_drawings(user: User) -> None:
    """Delete all drawings beyond restoring.

    The feed is locked first, as everywhere else, so that two writers cannot deadlock.
    """
    with transaction.atomic():
        Feed.advance(user.pk)
        user.drawings.exclude(deleted_at=UNRESTORABLE_DELETED_AT).update(
            deleted_at=UNRESTORABLE_DELETED_AT
        )


def _delete_if_empty(user: User) -> bool:
    """Delete the account unless it has drawings, or gets one at this moment."""
    if user.drawings.exists():
        return False
    try:
        User.objects.filter(pk=user.pk).delete()
    except IntegrityError:
        return False
    return True
