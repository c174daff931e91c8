"""Requests for embeddings of recent drawings whose owners allow training."""

from __future__ import annotations

import json
import logging

from recognizer import protocol
from recognizer.drawings.recent_and_trainable_conditions import recent_drawings_filter
from recognizer.messaging.celery_task_sender import CannotPublish, TaskSender
from recognizer.models import Drawing, Promotion, Status

log = logging.getLogger(__name__)

MAX_SCANNED_DRAWINGS = 2_000
"""Recent drawings that each run checks."""
EMBED_BATCH_SIZE = 512


def request_embeddings(sender: TaskSender) -> int:
    """Request the champion's embeddings of the newest drawings without one. Return their number.

    Nothing is sent while other tasks wait in the queue.
    """
    try:
        if sender.count_waiting(protocol.SHADOW_QUEUE):
            return 0
        wanted = _find_unembedded()
        if wanted:
            payload = json.dumps(wanted)
            sender.send_task(protocol.EMBED_TASK, payload, queue=protocol.SHADOW_QUEUE)
    except CannotPublish as error:
        log.warning("Cannot request embeddings: %s", error)
        return 0
    return len(wanted)


def _find_unembedded() -> list[str]:
    newest = Drawing.objects.filter(
        recent_drawings_filter(),
        owner__may_teach=True,
        owner__is_active=True,
        deleted_at=None,
        status=Status.RECOGNIZED,
    )
    serving = Promotion.objects.order_by("-id").values("model_id")[:1]
    rows = (
        newest.annotate(serving=serving)
        .order_by("-id")
        .values_list("pk", "revision", "serving", "embedding__revision", "embedding__model_id")
    )
    missing = [str(row[0]) for row in rows[:MAX_SCANNED_DRAWINGS] if row[1:3] != row[3:]]
    return missing[:EMBED_BATCH_SIZE]
