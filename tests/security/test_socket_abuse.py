"""Sockets that do not respond, send invalid messages, or outlive their credentials."""

import base64
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest
from pytest_django.fixtures import Settings

from recognizer.accounts.api_tokens import create_token
from recognizer.models import ApiToken, User
from recognizer.rate_limits import RateLimited
from recognizer.realtime.base_consumer import MAX_INVALID_MESSAGES, BaseConsumer
from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import wait_until
from tests.fixtures.socket_client import SocketClient
from tests.security.conftest import Cookie
from tests.security.web_process import WebProcess

INVALID_FRAMES: dict[str, str | bytes] = {
    "no JSON": "{",
    "large and broken": "[" * 250_000,
    "no object": "[]",
    "unknown type": '{"type": "sing"}',
    "missing fields": '{"type": "draw"}',
    "too large": " " * 300_000,
    "binary": b"\x00" * 1000,
}
LARGE_FRAMES = ("large and broken", "too large", "binary")
"""An anonymous client has no reason to send one: a single one closes its socket."""


@contextmanager
def _silent_socket(web: WebProcess, cookie: str) -> Iterator[socket.socket]:
    """Open a websocket that reads its `hello`, then neither reads nor sends pongs."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        "GET /ws/recognize/ HTTP/1.1",
        f"Host: localhost:{web.port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        f"Cookie: {cookie}",
        "",
        "",
    ]
    with closing(socket.create_connection(("localhost", web.port), deadline(10))) as connection:
        connection.sendall("\r\n".join(lines).encode())
        received = b""
        while b'"hello"' not in received:
            received += connection.recv(4096)
        yield connection


def _is_closed(connection: socket.socket) -> bool:
    """Wait until the server has closed the connection."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        pass
    return True


def test_a_new_socket_replaces_the_oldest_silent_one(
    web: WebProcess, owner: User, cookie: Cookie, settings: Settings
) -> None:
    settings.MAX_SOCKETS_PER_USER = 3
    session = cookie(owner)
    with ExitStack() as closing_all:
        healthy = closing_all.enter_context(web.connect(session))
        healthy.receive("hello")
        oldest, newer = (closing_all.enter_context(_silent_socket(web, session)) for _ in range(2))
        for replaced in (oldest, newer):
            client = closing_all.enter_context(web.connect(session))
            client.receive("hello")
            assert _is_closed(replaced)
        with web.connect(session) as refused:
            assert refused.close_code() == 4429
        assert healthy.can_store_drawing()


def test_a_full_set_of_silent_sockets_can_be_replaced(
    web: WebProcess, owner: User, cookie: Cookie, settings: Settings
) -> None:
    settings.MAX_SOCKETS_PER_USER = 1
    session = cookie(owner)
    with _silent_socket(web, session) as silent, web.connect(session) as client:
        client.receive("hello")
        assert _is_closed(silent)
        assert client.can_store_drawing()


@pytest.mark.parametrize("name", INVALID_FRAMES)
@pytest.mark.parametrize("is_signed_in", [True, False], ids=["user", "anonymous"])
def test_closes_a_socket_after_many_invalid_messages(
    web: WebProcess, owner: User, cookie: Cookie, name: str, is_signed_in: bool
) -> None:
    is_one_enough = not is_signed_in and name in LARGE_FRAMES
    expected = 1 if is_one_enough else MAX_INVALID_MESSAGES
    with web.connect(cookie(owner) if is_signed_in else "") as client:
        if is_signed_in:
            client.receive("hello")
        for _ in range(expected):
            client.socket.send(INVALID_FRAMES[name])
        assert client.close_code() == 1008
        errors = [one for one in client.received if one["type"] == "error"]
        assert len(errors) == expected


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"draw","strokes":[]}' + " " * 150_000,
        '{"type":"resume","since":0}' + " " * 150_000,
    ],
    ids=["draw", "resume"],
)
def test_a_message_costs_by_its_length(
    socket_client: SocketClient, owner: User, settings: Settings, text: str
) -> None:
    settings.DRAWINGS_BURST = 60
    settings.DRAWINGS_PER_MINUTE = 1
    for _ in range(4):
        socket_client.socket.send(text)
    errors = [socket_client.receive("error", "resumed") for _ in range(4)]
    assert errors[3]["code"] == "rate_limited"
    assert "rate_limited" not in [error.get("code") for error in errors[:3]]


def test_a_socket_over_the_budget_is_read_slowly(
    socket_client: SocketClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each refused message pauses the socket, so that sending more brings no more work."""
    paused: list[RateLimited] = []

    async def record(consumer: BaseConsumer, error: RateLimited) -> None:
        paused.append(error)

    monkeypatch.setattr(BaseConsumer, "pause", record)
    settings.DRAWINGS_BURST = 1
    settings.DRAWINGS_PER_MINUTE = 1
    for _ in range(3):
        socket_client.draw()
        socket_client.receive("queued", "error")
    socket_client.socket.send("{")
    socket_client.receive("error")
    wait_until(lambda: len(paused) == 3, within_s=deadline(5), what="the socket paused")
    assert all((error.retry_after_s or 0) > 0 for error in paused)


def test_opening_sockets_costs(
    web: WebProcess, owner: User, cookie: Cookie, settings: Settings
) -> None:
    settings.DRAWINGS_BURST = 2
    settings.DRAWINGS_PER_MINUTE = 1
    session = cookie(owner)
    for _ in range(3):
        with web.connect(session) as client:
            client.receive("hello")
    with web.connect(session) as refused:
        assert refused.receive("error")["code"] == "rate_limited"
        assert refused.close_code() == 1013


def test_opening_anonymous_sockets_costs(web: WebProcess, settings: Settings) -> None:
    settings.DRAWINGS_BURST = settings.DRAWINGS_PER_MINUTE = 1
    for _ in range(11):
        with web.connect() as client:
            client.socket.send("{")
            client.receive("error")
    with web.connect() as refused:
        assert refused.receive("error")["code"] == "rate_limited"
        assert refused.close_code() == 1013


def test_invalid_messages_count_against_the_rate(
    socket_client: SocketClient, settings: Settings
) -> None:
    settings.DRAWINGS_BURST = 5
    settings.DRAWINGS_PER_MINUTE = 1
    for _ in range(5):
        socket_client.socket.send("{")
        socket_client.receive("error")
    socket_client.draw()
    assert socket_client.receive("queued", "error")["code"] == "rate_limited"


def test_a_deleted_token_closes_its_sockets(web: WebProcess, owner: User) -> None:
    key = create_token(user=owner, name="program").key
    with web.connect() as client:
        client.send(type="auth", token=key)
        client.receive("hello")
        ApiToken.objects.all().delete()
        assert client.close_code(within_s=2) == 4401
