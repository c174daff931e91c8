"""Throwing drawings away: hidden at once, taken back for a while, then erased for good."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Case, F, Max, When
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from recognizer import protocol
from recognizer.access import NotFound
from recognizer.errors import DomainError
from recognizer.explanations import cache
from recognizer.messaging import event_publisher
from recognizer.messaging.task_queue import CannotPublish
from recognizer.models import Drawing, Feed, Status
from recognizer.snapshots.erasure import erase_snapshot_drawings

ERASE_BATCH_SIZE = 500
MAX_CLOCK_SKEW_S = 60
"""How much longer than promised a drawing can wait: the clocks of two hosts are not one."""


class CannotRestore(DomainError):
    """The restore window of a deleted drawing is over."""

    code = "too_late"
    status = 409


def delete_drawing(*, owner_id: int, drawing_id: UUID) -> None:
    """Hide one's own drawing. Raises NotFound."""
    with transaction.atomic():
        cursor = Feed.advance(owner_id)
        own = Drawing.objects.filter(pk=drawing_id, owner_id=owner_id, deleted_at=None)
        if not own.update(deleted_at=timezone.now(), cursor=cursor):
            raise NotFound("You have no such drawing.")
        _publish_on_commit(protocol.deleted_event, Drawing.objects.get(pk=drawing_id))


def restore_drawing(*, owner_id: int, drawing_id: UUID) -> Drawing:
    """Take one's own drawing out of the bin; one that is not in it stays as it is. Raises
    NotFound, and CannotRestore when the time is over. An answer still owed is due at once."""
    with transaction.atomic():
        own = Drawing.objects.filter(pk=drawing_id, owner_id=owner_id)
        drawing = own.select_related("prediction__model", "ground_truth").first()
        if drawing is None:
            raise NotFound("You have no such drawing.")
        if drawing.deleted_at is None:
            return drawing
        if drawing.deleted_at < _oldest_restorable():
            raise CannotRestore("It was deleted too long ago.")
        drawing.cursor = Feed.advance(owner_id)
        due_at = Case(When(status=Status.QUEUED, then=Now()), default=F("due_at"))
        if not own.filter(deleted_at=drawing.deleted_at).update(
            deleted_at=None, cursor=drawing.cursor, due_at=due_at, attempts=0
        ):
            raise NotFound("It was restored or erased just now.")
        drawing.deleted_at = None
        _publish_on_commit(protocol.restored_event, drawing)
    return drawing


def erase_deleted() -> int:
    """Erase what was thrown away too long ago, files included; the number of drawings."""
    latest = _oldest_restorable() - timedelta(seconds=MAX_CLOCK_SKEW_S)
    erased = 0
    while batch := list(
        Drawing.objects.filter(deleted_at__lt=latest)
        .order_by("owner_id")
        .only("pk", "owner_id", "picture")[:ERASE_BATCH_SIZE]
    ):
        for owner_id in {drawing.owner_id for drawing in batch}:
            erased += erase_drawings(owner_id, [d for d in batch if d.owner_id == owner_id])
    return erased


def erase_drawings(owner_id: int, drawings: list[Drawing]) -> int:
    """Erase drawings in the bin for good, and what training sets keep of them. Files go first: if
    the rest fails, the rows are found again, while a file without a row would stay for ever."""
    for drawing in drawings:
        if drawing.picture.name:
            default_storage.delete(drawing.picture.name)
    binned = Drawing.objects.filter(
        pk__in=[drawing.pk for drawing in drawings], deleted_at__isnull=False
    )
    with transaction.atomic():
        newest = binned.aggregate(newest=Max("cursor"))["newest"] or 0
        Feed.objects.filter(user_id=owner_id).update(
            erased_up_to=Greatest(F("erased_up_to"), newest)
        )
        _, counts = binned.delete()
        erase_snapshot_drawings([drawing.pk for drawing in drawings])
    with suppress(CannotPublish):  # it forgets them by itself, within minutes
        cache.delete_explanations([drawing.pk for drawing in drawings])
    return counts.get(Drawing._meta.label, 0)


def _publish_on_commit(event: Callable[[Drawing], protocol.Payload], drawing: Drawing) -> None:
    told = [event(drawing)]
    transaction.on_commit(
        partial(event_publisher.publish_user_events, user_id=drawing.owner_id, events=told)
    )


def _oldest_restorable() -> datetime:
    return timezone.now() - timedelta(seconds=settings.RESTORE_WINDOW_S)
