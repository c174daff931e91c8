"""Property tests of the socket: each message receives one reply."""

import json
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizer.protocol import CLIENT_MESSAGE_TYPES, ERRORS
from tests.fixtures.socket_client import STROKES, SocketClient
from tests.security.fuzzing.test_ink_properties import anything

MESSAGES = 40

fields = st.sampled_from(["ref", "revision", "strokes", "pointer", "id", "claim", "since", "token"])
good = st.builds(lambda: {"ref": str(uuid4()), "revision": 1, "strokes": STROKES})
messages = st.builds(
    lambda kind, base, changed: {"type": kind, **base, **changed},
    st.sampled_from(CLIENT_MESSAGE_TYPES) | anything,
    good | st.just({}),
    st.dictionaries(fields, anything, max_size=3),
)
frames = st.one_of(
    messages.map(json.dumps), anything.map(json.dumps), st.text(), st.binary(max_size=50)
)


def test_no_message_breaks_the_connection(
    socket_client: SocketClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recognizer.realtime.base_consumer.MAX_INVALID_MESSAGES", 10 * MESSAGES)

    @_property_settings
    @given(frames)
    def send(frame: str | bytes) -> None:
        socket_client.socket.send(frame)
        reply = socket_client.receive("error", "queued", "label", "resumed")
        if reply["type"] == "error":
            assert reply["detail"].endswith(".")
            assert reply["code"] in ERRORS

    send()
    assert socket_client.can_store_drawing()


_property_settings = settings(
    max_examples=MESSAGES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
