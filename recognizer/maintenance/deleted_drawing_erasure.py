"""Permanent erasure of deleted drawings."""

from contextlib import suppress
from datetime import timedelta

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Max
from django.db.models.functions import Greatest

from recognizer.drawings.soft_delete_and_restore import oldest_restorable
from recognizer.explanations import cache
from recognizer.messaging.celery_task_sender import CannotPublish
from recognizer.models import Drawing, Feed
from recognizer.snapshots.snapshot_drawing_erasure import erase_snapshot_drawings

ERASE_BATCH_SIZE = 500
MAX_CLOCK_SKEW_S = 60
"""Extra time before erasure: the clocks of two hosts differ."""


def erase_deleted() -> int:
    """Erase drawings whose restore window is over, with their files. Return their number."""
    latest = oldest_restorable() - timedelta(seconds=MAX_CLOCK_SKEW_S)
    erased = 0
    while (
        batch := list(
            Drawing.objects.filter(deleted_at__lt=latest)
            .order_by("deleted_at")  # the order of the index
            .only("pk", "owner_id", "picture")[:ERASE_BATCH_SIZE]
        )
    ):
        erased += erase_drawings(batch)
    return erased


def erase_drawings(drawings: list[Drawing]) -> int:
    """Erase deleted drawings and their copies in snapshots. Return the number of drawings.

    Files are deleted first: if the rest fails, the rows are found again, while a file without a
    row would never be found.
    """
    for drawing in drawings:
        if drawing.picture.name:
            default_storage.delete(drawing.picture.name)
    deleted = Drawing.objects.filter(
        pk__in=[drawing.pk for drawing in drawings], deleted_at__isnull=False
    )
    with transaction.atomic():
        newest = deleted.order_by("owner_id").values_list("owner_id").annotate(Max("cursor"))
        for owner_id, cursor in newest:  # feeds are locked in this order everywhere
            Feed.objects.filter(user_id=owner_id).update(
                erased_up_to=Greatest(F("erased_up_to"), cursor)
            )
        _, counts = deleted.delete()
        erase_snapshot_drawings([drawing.pk for drawing in drawings])
    with suppress(CannotPublish):  # cached explanations expire within minutes anyway
        cache.delete_explanations([drawing.pk for drawing in drawings])
    return counts.get(Drawing._meta.label, 0)
