"""One person's sockets in this process, and which changes they have been told."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson

from recognizer.changes import Changed, Changes
from recognizer.contract import resumed_message
from recognizer.delivery import Notice
from recognizer.live.socket import Socket


@dataclass(eq=False, slots=True)
class Person:
    """Up to `level` nothing is missing; `ahead` holds later cursors that overtook one which has
    not come yet. The level is None until the first socket knows its cursor."""

    level: int | None = None
    ahead: set[int] = field(default_factory=set)
    stored: int = 0  # the cursor in the database, a moment ago
    sockets: set[Socket] = field(default_factory=set)
    waiting: dict[Socket, list[Notice]] = field(default_factory=dict)  # not greeted yet

    @property
    def is_behind(self) -> bool:
        """What was stored a moment ago should have come by now."""
        return self.level is not None and self.level < self.stored

    def knows(self, cursor: int) -> bool:
        return self.level is not None and (cursor <= self.level or cursor in self.ahead)

    def rise(self, level: int) -> None:
        """Nothing is missing up to here."""
        level = max(level, self.level or 0)
        while level + 1 in self.ahead:
            level += 1
        self.ahead = {cursor for cursor in self.ahead if cursor > level}
        self.level = level

    def greet(self, socket: Socket, cursor: int) -> None:
        """From here on it is told everything after `cursor`, what came meanwhile first."""
        socket.since = cursor
        self.rise(cursor)
        self.sockets.add(socket)
        for notice in self.waiting.pop(socket):
            if notice.cursor > cursor and notice.text:
                socket.put_text(_frame(notice.text, cursor))

    def deliver(self, notice: Notice) -> None:
        """A message came. One that the database has told already is not told again."""
        for held in self.waiting.values():
            held.append(notice)
        if self.level is None or self.knows(notice.cursor):
            return
        self.ahead.add(notice.cursor)
        if notice.cursor == self.level + 1:
            self.rise(self.level)
        if notice.text:
            text = _frame(notice.text, self.level)
            for socket in self.sockets:
                if notice.cursor > socket.since and notice.cursor not in socket.told:
                    socket.put_text(text)

    def catch_up(self, changes: Changes) -> None:
        """Messages were lost: tell all sockets what the database says."""
        for drawing in changes.drawings:
            for text in _texts(drawing, is_told=self.knows(drawing.cursor)):
                for socket in self.sockets:
                    socket.put_text(text)
            self.ahead.add(drawing.cursor)
        if not changes.is_complete:
            for socket in self.sockets:
                socket.put(resumed_message(cursor=changes.cursor, complete=False))
        self.rise(changes.cursor)

    def resume(self, socket: Socket, changes: Changes) -> None:
        """Tell one socket what it missed; what it has been told since its greeting only as far as
        it needs to know that the drawing is there."""
        for drawing in changes.drawings:
            is_new = drawing.cursor > socket.since
            is_told = is_new and (self.knows(drawing.cursor) or drawing.cursor in socket.told)
            for text in _texts(drawing, is_told=is_told):
                socket.put_text(text)
            if is_new and not is_told:
                socket.told.add(drawing.cursor)
        socket.put(resumed_message(cursor=changes.cursor, complete=changes.is_complete))


def _texts(drawing: Changed, *, is_told: bool) -> list[str]:
    """Its events. Of one that was told, only how it stands: nobody hears an answer twice."""
    events = drawing.events
    if is_told:
        events = [event for event in events if event["type"] == "drawing"]
    return [orjson.dumps(event).decode() for event in events]


def _frame(text: str, cursor: int) -> str:
    """Sockets get the cursor from which they miss nothing, which may lag behind the change's."""
    return f'{text[:-1]},"cursor":{cursor}}}'
