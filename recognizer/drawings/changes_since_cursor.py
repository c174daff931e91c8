"""Changes of a user's drawings after a cursor, as events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from recognizer import protocol
from recognizer.models import Drawing, Feed

MAX_RESUMED_DRAWINGS = 1_000
"""Drawings that one resume sends; a client that missed more reloads its lists."""


@dataclass(frozen=True, slots=True)
class DrawingState:
    """The current state of a drawing as events; `cursor` is the cursor of its newest change."""

    cursor: int
    events: Sequence[protocol.Payload]


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Changed drawings up to `cursor`, in the order of their cursors.

    If they are not complete the list is empty, and the client must reload its lists.
    """

    cursor: int
    drawings: list[DrawingState]
    is_complete: bool


def load_cursor(user_id: int) -> int:
    """Return the cursor of the newest change of a user."""
    return load_cursors([user_id]).get(user_id, 0)


def load_cursors(user_ids: Collection[int]) -> dict[int, int]:
    return dict(Feed.objects.filter(user_id__in=user_ids).values_list("user_id", "cursor"))


def load_changes(*, user_id: int, since: int) -> ChangeSet:
    """Return all changes after the cursor `since`.

    The cursor is read first: a change in between may be sent twice, but is never skipped.
    """
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
    """Return the state of a drawing as events; empty if the user has no such drawing."""
    drawing = _drawings_with_state().filter(owner_id=user_id, pk=drawing_id).first()
    return protocol.state_events(drawing) if drawing else []


def _drawings_with_state() -> QuerySet[Drawing]:
    return (
        Drawing.objects.select_related("prediction__model", "ground_truth")
        .defer("ink")
        .order_by("cursor")
    )
