"""Delivery of events that arrive early, late, twice or not at all."""

import json
from typing import Any

from recognizer.drawings.changes_since_cursor import ChangeSet, DrawingState
from recognizer.messaging.event_publisher import EventEnvelope
from recognizer.realtime.asgi_types import Event
from recognizer.realtime.user_connections import UserConnections
from recognizer.realtime.websocket_connection import ClientConnection


class RecordingSocket(ClientConnection):
    """A socket that records its messages."""

    def __init__(self) -> None:
        async def send(event: Event) -> None:
            """Never called: nothing pumps this socket."""

        super().__init__(send)
        self.messages: list[dict[str, Any]] = []

    def put_text(self, text: str) -> None:
        self.messages.append(json.loads(text))

    def kinds(self) -> list[str]:
        return [message["type"] for message in self.messages]


def _notice(cursor: int, kind: str = "prediction") -> EventEnvelope:
    return EventEnvelope(1, cursor, f"drawing{cursor}", "digit", json.dumps({"type": kind}))


def _state_message(cursor: int, *kinds: str) -> DrawingState:
    events = [{"type": kind, "cursor": cursor} for kind in kinds or ("drawing", "prediction")]
    return DrawingState(cursor, events)


def _changes(cursor: int, *drawings: DrawingState) -> ChangeSet:
    return ChangeSet(cursor, list(drawings), is_complete=True)


def _synced_connection(user: UserConnections, cursor: int) -> RecordingSocket:
    socket = RecordingSocket()
    user.pending[socket] = []
    user.add_socket(socket, cursor)
    return socket


def test_sends_the_highest_cursor_without_gaps() -> None:
    user = UserConnections()
    socket = _synced_connection(user, 10)
    for cursor in (12, 11, 13, 15, 14):
        user.send_event(_notice(cursor))
    assert [message["cursor"] for message in socket.messages] == [10, 12, 13, 13, 15]


def test_a_cursor_without_change_leaves_no_gap() -> None:
    user = UserConnections()
    socket = _synced_connection(user, 10)
    user.send_event(EventEnvelope(1, 11, "", "", ""))
    user.send_event(_notice(12))
    assert [message["cursor"] for message in socket.messages] == [12]


def test_an_event_during_hello_arrives_once() -> None:
    user = UserConnections()
    _synced_connection(user, 10)
    late = RecordingSocket()
    user.pending[late] = []
    for cursor in (11, 12):
        user.send_event(_notice(cursor))
    user.add_socket(late, 11)
    assert len(late.messages) == 1


def test_sends_lost_events_and_repeats_none() -> None:
    user = UserConnections()
    socket = _synced_connection(user, 10)
    user.send_event(_notice(13))
    user.stored_cursor = 14
    assert user.is_out_of_sync
    user.send_missed(_changes(14, _state_message(13), _state_message(14)))
    user.send_event(_notice(14))  # its message was late, not lost
    assert socket.kinds() == ["prediction", "drawing", "drawing", "prediction"]
    assert not user.is_out_of_sync


def test_a_resume_does_not_repeat_events_after_hello() -> None:
    user = UserConnections()
    socket = _synced_connection(user, 10)
    user.send_event(_notice(11))
    user.resume(socket, _changes(12, _state_message(7), _state_message(11), _state_message(12)))
    user.send_event(_notice(12))
    assert socket.kinds() == [
        "prediction",
        *("drawing", "prediction"),
        "drawing",
        *("drawing", "prediction"),
        "resumed",
    ]


def test_does_not_send_events_older_than_hello() -> None:
    user = UserConnections()
    other = _synced_connection(user, 8)
    socket = _synced_connection(user, 10)
    user.send_event(_notice(9, "label"))
    assert (other.kinds(), socket.kinds()) == ([], [])


def test_requires_a_reload_after_too_many_changes() -> None:
    user = UserConnections()
    socket = _synced_connection(user, 10)
    user.send_missed(ChangeSet(5000, [], is_complete=False))
    assert socket.messages == [{"type": "resumed", "cursor": 5000, "complete": False}]
    assert user.synced_cursor == 5000
