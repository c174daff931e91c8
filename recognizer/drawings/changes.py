"""What somebody missed: the drawings whose newest change came after a cursor, as events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from recognizer import protocol
from recognizer.models import Drawing, Feed

MAX_RESUMED_DRAWINGS = 1_000
"""Drawings that one resume brings; whoever missed more reads the lists anew."""


@dataclass(frozen=True, slots=True)
class DrawingState:
    """How one drawing stands now, as events; `cursor` is that of its newest change."""

    cursor: int
    events: Sequence[protocol.Payload]


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Drawings in the order of their cursors; `cursor` is how far they reach. When they are not
    complete there are none, and the lists have to be read anew."""

    cursor: int
    drawings: list[DrawingState]
    is_complete: bool


def load_cursor(user_id: int) -> int:
    """How far this person's changes have come."""
    return load_cursors([user_id]).get(user_id, 0)


def load_cursors(user_ids: Collection[int]) -> dict[int, int]:
    return dict(Feed.objects.filter(user_id__in=user_ids).values_list("user_id", "cursor"))


def load_changes(*, user_id: int, since: int) -> ChangeSet:
    """All that changed after `since`. The cursor is read first: what changes in between may come
    twice, and nothing is skipped."""
    feed = Feed.objects.filter(user_id=user_id).first() or Feed(user_id=user_id)
    if not feed.erased_up_to <= since <= feed.cursor:
        return ChangeSet(feed.cursor, [], is_complete=since == feed.cursor)
    drawings = list(
        _drawings_with_state().filter(owner_id=user_id, cursor__gt=since)[
            : MAX_RESUMED_DRAWINGS + 1
        ]
    )
    if len(drawings) > MAX_RESUMED_DRAWINGS:
        return ChangeSet(feed.cursor, [], is_complete=False)
    changed = [DrawingState(one.cursor, protocol.state_events(one)) for one in drawings]
    return ChangeSet(feed.cursor, changed, is_complete=True)


def load_state_events(*, user_id: int, drawing_id: UUID) -> list[protocol.StateEvent]:
    """How one drawing stands, as events; none when this person has no such drawing."""
    drawing = _drawings_with_state().filter(owner_id=user_id, pk=drawing_id).first()
    return protocol.state_events(drawing) if drawing else []


def _drawings_with_state() -> QuerySet[Drawing]:
    return (
        Drawing.objects.select_related("prediction__model", "ground_truth")
        .defer("ink")
        .order_by("cursor")
    )
