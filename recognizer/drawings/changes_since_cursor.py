"""Changes of a user's drawings after a cursor, as events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from recognizer import protocol
from recognizer.models import Drawing, Feed, SiteIdentity

MAX_RESUMED_DRAWINGS = 1_000
"""Drawings that one resume sends; a client that missed more reloads its lists."""


@dataclass(frozen=True, slots=True)
class FeedPosition:
    """The newest cursor of a user, and the epoch in which it counts."""

    cursor: int
    epoch: str


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
    epoch: str = ""


def load_position(user_id: int) -> FeedPosition:
    return load_positions([user_id])[user_id]


def load_positions(user_ids: Collection[int]) -> dict[int, FeedPosition]:
    epoch = SiteIdentity.load().feed_epoch
    feeds = Feed.objects.filter(user_id__in=user_ids).values_list("user_id", "cursor")
    return {user_id: FeedPosition(0, epoch) for user_id in user_ids} | {
        user_id: FeedPosition(cursor, epoch) for user_id, cursor in feeds
    }


def load_changes(*, user_id: int, since: int, epoch: str = "") -> ChangeSet:
    """Return all changes after the cursor `since` of an epoch, by default the current one.

    The cursor is read first: a change in between may be sent twice, but is never skipped. Cursors
    of another epoch, and those ahead of the feed, come from before a restore of the database.
    """
    current = SiteIdentity.load().feed_epoch
    feed = Feed.objects.filter(user_id=user_id).first() or Feed(user_id=user_id)
    if epoch not in ("", current) or not feed.erased_up_to <= since <= feed.cursor:
        is_complete = epoch in ("", current) and since == feed.cursor
        return ChangeSet(feed.cursor, [], is_complete, current)
    drawings = _drawings_with_state().filter(owner_id=user_id, cursor__gt=since)
    beyond = drawings.values_list("pk")[MAX_RESUMED_DRAWINGS : MAX_RESUMED_DRAWINGS + 1]
    if beyond:  # loads none of the drawings that are not sent
        return ChangeSet(feed.cursor, [], False, current)
    changed = [DrawingState(one.cursor, protocol.state_events(one)) for one in drawings]
    return ChangeSet(feed.cursor, changed, True, current)


def load_state_events(*, user_id: int, drawing_id: UUID) -> list[protocol.StateEvent]:
    """Return the state of a drawing as events; empty if the user has no such drawing."""
    drawing = _drawings_with_state().filter(owner_id=user_id, pk=drawing_id).first()
    return protocol.state_events(drawing) if drawing else []


def _drawings_with_state() -> QuerySet[Drawing]:
    return (
        Drawing.objects.select_related("prediction__model", "ground_truth")
        .defer("ink", "prediction__raster", "prediction__model__card")
        .order_by("cursor")
    )
