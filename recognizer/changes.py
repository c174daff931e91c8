"""What somebody missed: the drawings whose newest change came after a cursor, as events."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from recognizer import contract
from recognizer.models import Drawing, Feed

RESUME_LIMIT = 1_000
"""Drawings that one resume brings; whoever missed more reads the lists anew."""


@dataclass(frozen=True, slots=True)
class Changed:
    """How one drawing stands now, as events; `cursor` is that of its newest change."""

    cursor: int
    events: list[contract.JSON]


@dataclass(frozen=True, slots=True)
class Changes:
    """Drawings in the order of their cursors; `cursor` is how far they reach. When they are not
    complete there are none, and the lists have to be read anew."""

    cursor: int
    drawings: list[Changed]
    is_complete: bool


def read_cursor(user_id: int) -> int:
    """How far this person's changes have come."""
    return read_cursors([user_id]).get(user_id, 0)


def read_cursors(user_ids: Collection[int]) -> dict[int, int]:
    return dict(Feed.objects.filter(user_id__in=user_ids).values_list("user_id", "cursor"))


def read_changes(*, user_id: int, since: int) -> Changes:
    """All that changed after `since`. The cursor is read first: what changes in between may come
    twice, and nothing is skipped."""
    feed = Feed.objects.filter(user_id=user_id).first() or Feed(user_id=user_id)
    if not feed.erased_up_to <= since <= feed.cursor:
        return Changes(feed.cursor, [], is_complete=since == feed.cursor)
    drawings = list(_readable().filter(owner_id=user_id, cursor__gt=since)[: RESUME_LIMIT + 1])
    if len(drawings) > RESUME_LIMIT:
        return Changes(feed.cursor, [], is_complete=False)
    changed = [Changed(one.cursor, contract.state_events(one)) for one in drawings]
    return Changes(feed.cursor, changed, is_complete=True)


def read_state(*, user_id: int, drawing_id: UUID) -> list[contract.JSON]:
    """How one drawing stands, as events; none when this person has no such drawing."""
    drawing = _readable().filter(owner_id=user_id, pk=drawing_id).first()
    return contract.state_events(drawing) if drawing else []


def _readable() -> QuerySet[Drawing]:
    return (
        Drawing.objects.select_related("prediction__model", "ground_truth")
        .defer("ink")
        .order_by("cursor")
    )
