"""Brings back what was lost on its way: drawings nobody took, and those whose worker died.

The database alone says what is due, by its own clock; a broker that is away is tried again.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, QuerySet
from django.db.models.functions import Now

from recognizer import contract, delivery
from recognizer.models import Drawing, Feed, Status
from recognizer.queue import CannotPublish, Sender

log = logging.getLogger(__name__)

AGAIN_AFTER_S = 2.0
MOST_WAITING_TASKS = 32
"""While more tasks than this lie in the broker it has lost nothing, and duplicates would only
make the queue longer."""
MOST_SINGLE = 128


@dataclass(frozen=True, slots=True)
class Due:
    """A drawing that should have had its answer by now."""

    id: UUID
    revision: int
    ink: str


def sweep_once(sender: Sender) -> int:
    """One round; the number of drawings sent again."""
    fail_exhausted()
    try:
        return _send_due(sender)
    except CannotPublish as error:
        log.warning("Nothing can be sent again now: %s", error)
        return 0


def fail_exhausted() -> int:
    """Drawings that took all their attempts and their workers with them; how many."""
    exhausted = list(_due().filter(attempts__gte=settings.ATTEMPTS).values_list("pk", "owner_id"))
    return sum(_fail(id, owner_id) for id, owner_id in exhausted)


def _fail(id: UUID, owner_id: int) -> bool:
    with transaction.atomic():
        cursor = Feed.advance(owner_id)
        exhausted = _due().filter(pk=id, attempts__gte=settings.ATTEMPTS)
        failed = exhausted.update(
            status=Status.FAILED, error="worker_died", cursor=cursor, due_at=None, lease_until=None
        )
    if failed:
        log.error("Drawing %s failed: its workers died %d times", id, settings.ATTEMPTS)
        event = contract.failed_event(Drawing.objects.get(pk=id))
        delivery.announce(user_id=owner_id, events=[event])
    return bool(failed)


def _send_due(sender: Sender) -> int:
    """A drawing that was tried before goes alone: it may be what killed its worker."""
    room = MOST_WAITING_TASKS - sender.count_waiting()
    if room <= 0:
        return 0
    singles = _take(_due().filter(attempts__gt=0, attempts__lt=settings.ATTEMPTS), MOST_SINGLE)
    for due in singles:
        _send(sender, [due])
    untried = _take(_due().filter(attempts=0), room * settings.GROUP_LIMIT)
    for start in range(0, len(untried), settings.GROUP_LIMIT):
        _send(sender, untried[start : start + settings.GROUP_LIMIT])
    sent = len(singles) + len(untried)
    if sent:
        log.info("Sent %d drawings again", sent)
    return sent


def _take(due: QuerySet[Drawing], limit: int) -> list[Due]:
    """The longest due, which for a while are not due again; another sweep takes other ones."""
    with transaction.atomic():
        rows = due.select_for_update(skip_locked=True).order_by("due_at")
        taken = [Due(*row) for row in rows.values_list("pk", "revision", "ink")[:limit]]
        again = ExpressionWrapper(
            Now() + timedelta(seconds=AGAIN_AFTER_S), output_field=DateTimeField()
        )
        Drawing.objects.filter(pk__in=[one.id for one in taken]).update(due_at=again)
    return taken


def _send(sender: Sender, group: Sequence[Due]) -> None:
    jobs = ((str(due.id), due.revision, due.ink) for due in group)
    sender.send(contract.encode_group(uuid.uuid4().hex, jobs))


def _due() -> QuerySet[Drawing]:
    return Drawing.objects.filter(status=Status.QUEUED, deleted_at=None, due_at__lte=Now())
