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
from recognizer.realtime.base_consumer import MAX_INVALID_MESSAGES
from tests.fixtures.deadlines import deadline
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


@pytest.mark.parametrize("frame", INVALID_FRAMES.values(), ids=INVALID_FRAMES.keys())
@pytest.mark.parametrize("is_signed_in", [True, False], ids=["user", "anonymous"])
def test_closes_a_socket_after_many_invalid_messages(
    web: WebProcess, owner: User, cookie: Cookie, frame: str | bytes, is_signed_in: bool
) -> None:
    with web.connect(cookie(owner) if is_signed_in else "") as client:
        if is_signed_in:
            client.receive("hello")
        for _ in range(MAX_INVALID_MESSAGES):
            client.socket.send(frame)
        assert client.close_code() == 1008
        errors = [one for one in client.received if one["type"] == "error"]
        assert len(errors) == MAX_INVALID_MESSAGES


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
