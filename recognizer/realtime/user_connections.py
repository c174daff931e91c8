"""One person's sockets in this process, and which changes they have been told."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson

from recognizer.drawings.changes import ChangeSet, DrawingState
from recognizer.messaging.event_publisher import EventEnvelope
from recognizer.protocol import resumed_message
from recognizer.realtime.connection import ClientConnection


@dataclass(eq=False, slots=True)
class UserConnections:
    """Up to `level` nothing is missing; `ahead` holds later cursors that overtook one which has
    not come yet. The level is None until the first socket knows its cursor."""

    level: int | None = None
    ahead: set[int] = field(default_factory=set)
    stored: int = 0  # the cursor in the database, a moment ago
    sockets: set[ClientConnection] = field(default_factory=set)
    waiting: dict[ClientConnection, list[EventEnvelope]] = field(
        default_factory=dict
    )  # not greeted yet

    @property
    def is_out_of_sync(self) -> bool:
        """What was stored a moment ago should have come by now."""
        return self.level is not None and self.level < self.stored

    def has_sent(self, cursor: int) -> bool:
        return self.level is not None and (cursor <= self.level or cursor in self.ahead)

    def advance_to(self, level: int) -> None:
        """Nothing is missing up to here."""
        level = max(level, self.level or 0)
        while level + 1 in self.ahead:
            level += 1
        self.ahead = {cursor for cursor in self.ahead if cursor > level}
        self.level = level

    def greet(self, socket: ClientConnection, cursor: int) -> None:
        """From here on it is told everything after `cursor`, what came meanwhile first."""
        socket.since = cursor
        self.advance_to(cursor)
        self.sockets.add(socket)
        for notice in self.waiting.pop(socket):
            if notice.cursor > cursor and notice.text:
                socket.put_text(_add_cursor(notice.text, cursor))

    def deliver(self, notice: EventEnvelope) -> None:
        """A message came. One that the database has told already is not told again."""
        for held in self.waiting.values():
            held.append(notice)
        if self.level is None or self.has_sent(notice.cursor):
            return
        self.ahead.add(notice.cursor)
        if notice.cursor == self.level + 1:
            self.advance_to(self.level)
        if notice.text:
            text = _add_cursor(notice.text, self.level)
            for socket in self.sockets:
                if notice.cursor > socket.since and notice.cursor not in socket.told:
                    socket.put_text(text)

    def send_missed(self, changes: ChangeSet) -> None:
        """Messages were lost: tell all sockets what the database says."""
        for drawing in changes.drawings:
            for text in _event_texts(drawing, is_sent=self.has_sent(drawing.cursor)):
                for socket in self.sockets:
                    socket.put_text(text)
            self.ahead.add(drawing.cursor)
        if not changes.is_complete:
            for socket in self.sockets:
                socket.put(resumed_message(cursor=changes.cursor, complete=False))
        self.advance_to(changes.cursor)

    def resume(self, socket: ClientConnection, changes: ChangeSet) -> None:
        """Tell one socket what it missed; what it has been told since its greeting only as far as
        it needs to know that the drawing is there."""
        for drawing in changes.drawings:
            is_new = drawing.cursor > socket.since
            is_sent = is_new and (self.has_sent(drawing.cursor) or drawing.cursor in socket.told)
            for text in _event_texts(drawing, is_sent=is_sent):
                socket.put_text(text)
            if is_new and not is_sent:
                socket.told.add(drawing.cursor)
        socket.put(resumed_message(cursor=changes.cursor, complete=changes.is_complete))


def _event_texts(drawing: DrawingState, *, is_sent: bool) -> list[str]:
    """Its events. Of one that was told, only how it stands: nobody hears an answer twice."""
    events = drawing.events
    if is_sent:
        events = [event for event in events if event["type"] == "drawing"]
    return [orjson.dumps(event).decode() for event in events]


def _add_cursor(text: str, cursor: int) -> str:
    """Sockets get the cursor from which they miss nothing, which may lag behind the change's."""
    return f'{text[:-1]},"cursor":{cursor}}}'
