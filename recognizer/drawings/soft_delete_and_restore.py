"""Deleting drawings, and restoring them for a while."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, When
from django.db.models.functions import Now
from django.utils import timezone

from recognizer import protocol
from recognizer.base_errors import DomainError
from recognizer.messaging import event_publisher
from recognizer.models import Drawing, Feed, Status
from recognizer.permission_checked_lookups import NotFound


class CannotRestore(DomainError):
    """The restore window of a deleted drawing is over."""

    code = "too_late"
    status = 409


def delete_drawing(*, owner_id: int, drawing_id: UUID) -> None:
    """Move a drawing of a user to the trash. Raises NotFound."""
    with transaction.atomic():
        cursor = Feed.advance(owner_id)
        own = Drawing.objects.filter(pk=drawing_id, owner_id=owner_id, deleted_at=None)
        if not own.update(deleted_at=timezone.now(), cursor=cursor):
            raise NotFound("You have no such drawing.")
        deleted = protocol.deleted_event(Drawing.objects.get(pk=drawing_id))
        event_publisher.publish_on_commit([(owner_id, deleted)])


def restore_drawing(*, owner_id: int, drawing_id: UUID) -> Drawing:
    """Restore a drawing of a user from the trash; one that is not deleted stays unchanged.

    A missing prediction is due immediately. Raises NotFound, and CannotRestore if the restore
    window is over.
    """
    with transaction.atomic():
        own = Drawing.objects.filter(pk=drawing_id, owner_id=owner_id)
        drawing = own.select_related("prediction__model", "ground_truth").first()
        if drawing is None:
            raise NotFound("You have no such drawing.")
        if drawing.deleted_at is None:
            return drawing
        if drawing.deleted_at < oldest_restorable():
            raise CannotRestore("It was deleted too long ago.")
        drawing.cursor = Feed.advance(owner_id)
        due_at = Case(When(status=Status.QUEUED, then=Now()), default=F("due_at"))
        if not own.filter(deleted_at=drawing.deleted_at).update(
            deleted_at=None, cursor=drawing.cursor, due_at=due_at, attempts=0
        ):
            raise NotFound("It was restored or erased just now.")
        drawing.deleted_at = None
        event_publisher.publish_on_commit([(owner_id, protocol.restored_event(drawing))])
    return drawing


def oldest_restorable() -> datetime:
    """Return the start of the restore window: drawings deleted before it cannot be restored."""
    return timezone.now() - timedelta(seconds=settings.RESTORE_WINDOW_S)
