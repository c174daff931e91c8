"""The sockets of one user in this process, and the events that they have received."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson

from recognizer.drawings.changes_since_cursor import ChangeSet, DrawingState, FeedPosition
from recognizer.messaging.event_publisher import EventEnvelope
from recognizer.protocol import ResumedMessage, resumed_message
from recognizer.realtime.websocket_connection import ClientConnection


@dataclass(eq=False, slots=True)
class UserConnections:
    """Every event up to `synced_cursor` has been sent; it is None until the first `hello`.

    Cursors belong to an `epoch`, which changes if the database is restored from a backup.
    `early_cursors` are those of later events that overtook a missing one. `stored_cursor` is the
    cursor that the last query of the database returned. `pending` holds the sockets that wait for
    their `hello`, with the events that arrive in the meantime.
    """

    synced_cursor: int | None = None
    epoch: str = ""
    early_cursors: set[int] = field(default_factory=set)
    stored_cursor: int = 0
    sockets: set[ClientConnection] = field(default_factory=set)
    pending: dict[ClientConnection, list[EventEnvelope]] = field(default_factory=dict)

    @property
    def is_out_of_sync(self) -> bool:
        """Whether the last query found a stored event that has not arrived yet."""
        return self.synced_cursor is not None and self.synced_cursor < self.stored_cursor

    def has_sent(self, cursor: int) -> bool:
        synced = self.synced_cursor
        return synced is not None and (cursor <= synced or cursor in self.early_cursors)

    def advance_to(self, cursor: int) -> None:
        """Mark all events up to `cursor` as sent."""
        cursor = max(cursor, self.synced_cursor or 0)
        while cursor + 1 in self.early_cursors:
            cursor += 1
        self.early_cursors = {early for early in self.early_cursors if early > cursor}
        self.synced_cursor = cursor

    def follow(self, position: FeedPosition, *, sent_cursor: int | None) -> None:
        """Start again from the database if it is older than the events up to `sent_cursor`, which
        were sent before the position was read: all sockets have to reload their lists."""
        is_restored = bool(self.epoch) and position.epoch != self.epoch
        self.epoch = position.epoch
        if is_restored or (sent_cursor is not None and position.cursor < sent_cursor):
            self.synced_cursor = self.stored_cursor = position.cursor
            self.early_cursors.clear()
            for held in self.pending.values():
                held.clear()
            for socket in self.sockets:
                socket.start_cursor = position.cursor
                socket.sent_cursors.clear()
                socket.put(self._resumed(position.cursor, is_complete=False))

    def _resumed(self, cursor: int, *, is_complete: bool) -> ResumedMessage:
        return resumed_message(cursor=cursor, complete=is_complete, epoch=self.epoch)

    def add_socket(self, socket: ClientConnection, cursor: int) -> None:
        """Send the socket all events after `cursor`, beginning with those that waited for its
        `hello`."""
        socket.start_cursor = cursor
        self.advance_to(cursor)
        self.sockets.add(socket)
        for event in self.pending.pop(socket):
            if event.cursor > cursor and event.text:
                socket.put_text(_add_cursor(event.text, cursor))

    def send_event(self, event: EventEnvelope) -> None:
        """Send an event to all sockets, unless it was already sent from the database."""
        for held in self.pending.values():
            held.append(event)
        if self.synced_cursor is None or self.has_sent(event.cursor):
            return
        self.early_cursors.add(event.cursor)
        if event.cursor == self.synced_cursor + 1:
            self.advance_to(self.synced_cursor)
        if event.text:
            text = _add_cursor(event.text, self.synced_cursor)
            for socket in self.sockets:
                if event.cursor > socket.start_cursor and event.cursor not in socket.sent_cursors:
                    socket.put_text(text)

    def send_missed(self, changes: ChangeSet) -> None:
        """Send all sockets the changes from the database whose messages were lost."""
        for drawing in changes.drawings:
            for text in _event_texts(drawing, is_sent=self.has_sent(drawing.cursor)):
                for socket in self.sockets:
                    socket.put_text(text)
            self.early_cursors.add(drawing.cursor)
        if not changes.is_complete:
            for socket in self.sockets:
                socket.put(self._resumed(changes.cursor, is_complete=False))
        self.advance_to(changes.cursor)

    def resume(self, socket: ClientConnection, changes: ChangeSet) -> None:
        """Send one socket the changes that it missed.

        If the socket already received the events of a drawing, only the state of the drawing is
        sent.
        """
        for drawing in changes.drawings:
            is_new = drawing.cursor > socket.start_cursor
            is_sent = is_new and (
                self.has_sent(drawing.cursor) or drawing.cursor in socket.sent_cursors
            )
            for text in _event_texts(drawing, is_sent=is_sent):
                socket.put_text(text)
            if is_new and not is_sent:
                socket.sent_cursors.add(drawing.cursor)
        socket.put(self._resumed(changes.cursor, is_complete=changes.is_complete))


def _event_texts(drawing: DrawingState, *, is_sent: bool) -> list[str]:
    """Return the events of a drawing, or only its state if its events were already sent."""
    events = drawing.events
    if is_sent:
        events = [event for event in events if event["type"] == "drawing"]
    return [orjson.dumps(event).decode() for event in events]


def _add_cursor(text: str, cursor: int) -> str:
    """Add a cursor to an event. The socket has received all changes up to this cursor, which may be
    lower than the cursor of the event."""
    return f'{text[:-1]},"cursor":{cursor}}}'
