"""Asks the background worker to embed drawings of people who agreed that theirs may teach."""

from __future__ import annotations

import json
import logging

from recognizer import contract
from recognizer.models import Drawing, Promotion, Status
from recognizer.queue import CannotPublish, Sender
from recognizer.recent import is_recent

log = logging.getLogger(__name__)

SCANNED = 2_000
"""So many of the newest drawings are looked at each time."""
AT_ONCE = 512


def ask_for_embeddings(sender: Sender) -> int:
    """Send the newest that the champion has not embedded as they are; how many. None while others
    wait."""
    try:
        if sender.count_waiting(contract.SHADOW_QUEUE):
            return 0
        wanted = _find_missing()
        if wanted:
            payload = json.dumps(wanted)
            sender.send_task(contract.EMBED, payload, queue=contract.SHADOW_QUEUE)
    except CannotPublish as error:
        log.warning("No drawing is embedded now: %s", error)
        return 0
    return len(wanted)


def _find_missing() -> list[str]:
    newest = Drawing.objects.filter(
        is_recent(),
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
    missing = [str(row[0]) for row in rows[:SCANNED] if row[1:3] != row[3:]]
    return missing[:AT_ONCE]
