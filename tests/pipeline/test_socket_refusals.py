"""Refused sockets and messages."""

import json
import subprocess
import sys
import time
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import ROOT, SiteProcess
from tests.fixtures.socket_client import STROKES, SocketClient
from tests.pipeline.user_sessions import UserSession

REF = "a86e1a27-2ac5-4f4b-9f5e-6a1a4a0e5b51"
DRAW = {"type": "draw", "ref": REF, "revision": 1, "strokes": STROKES}

INVALID_MESSAGES: list[tuple[str, str]] = [
    ("", "bad_json"),
    ("{", "bad_json"),
    ("[" * 2000, "bad_json"),
    ('{"type": "draw", "strokes": [[[NaN, 1]]]}', "bad_json"),
    ("[]", "bad_message"),
    ("7", "bad_message"),
    ("{}", "bad_message"),
    ('{"type": 5}', "bad_message"),
    ('{"type": "sing"}', "unknown_type"),
    ('{"type": "hello"}', "unknown_type"),
    ('{"type": "auth", "token": "x"}', "bad_message"),
    ('{"type": "resume"}', "bad_message"),
    ('{"type": "resume", "since": "1"}', "bad_message"),
    ('{"type": "resume", "since": true}', "bad_message"),
    ('{"type": "resume", "since": -1}', "bad_message"),
    ('{"type": "resume", "since": 1e400}', "bad_json"),
    ('{"type": "claim"}', "bad_message"),
    (f'{{"type": "claim", "id": "{REF}"}}', "bad_message"),
    (f'{{"type": "claim", "id": "{REF}", "claim": 10}}', "bad_message"),
    (f'{{"type": "claim", "id": "{REF}", "claim": true}}', "bad_message"),
    ('{"type": "claim", "id": 7, "claim": 3}', "bad_message"),
    (f'{{"type": "claim", "id": "{REF}", "claim": 3}}', "not_found"),
    ('{"type": "draw"}', "bad_message"),
    (json.dumps({**DRAW, "ref": "mine"}), "bad_message"),
    (json.dumps({**DRAW, "ref": None}), "bad_message"),
    (json.dumps({**DRAW, "revision": "1"}), "bad_message"),
    (json.dumps({**DRAW, "revision": True}), "bad_message"),
    (json.dumps({**DRAW, "revision": -1}), "bad_message"),
    (json.dumps({**DRAW, "revision": 2**31}), "bad_message"),
    (json.dumps({**DRAW, "pointer": 7}), "bad_message"),
    (json.dumps({**DRAW, "pointer": "brush"}), "bad_message"),
    (json.dumps({**DRAW, "pointer": "a\u0000b"}), "bad_message"),
    (json.dumps({**DRAW, "age_ms": -1}), "bad_message"),
    (json.dumps({**DRAW, "age_ms": 1.5}), "bad_message"),
    (json.dumps({**DRAW, "age_ms": True}), "bad_message"),
    (json.dumps({**DRAW, "age_ms": 2**53}), "bad_message"),
    (json.dumps({**DRAW, "strokes": None}), "not_ink"),
    (json.dumps({**DRAW, "strokes": [[["1", "2"]]]}), "not_ink"),
    (json.dumps({**DRAW, "strokes": [[[1e9, 2]]]}), "out_of_bounds"),
    (json.dumps({**DRAW, "strokes": [[[0, 0]] * 5001]}), "too_many_points"),
    (json.dumps({**DRAW, "strokes": [[[0, 0]]] * 201}), "too_many_strokes"),
    (json.dumps({**DRAW, "strokes": []}), "empty"),
    (json.dumps({**DRAW, "strokes": " " * 256 * 1024}), "too_large"),
    (json.dumps({**DRAW, "pointer": "é" * 130 * 1024}, ensure_ascii=False), "too_large"),
]


@pytest.mark.parametrize(("text", "code"), INVALID_MESSAGES, ids=lambda case: case[:60])
def test_an_invalid_message_receives_its_code(
    socket_client: SocketClient, text: str, code: str
) -> None:
    socket_client.socket.send(text)
    error = socket_client.receive("error")
    assert error["code"] == code
    assert error["detail"].endswith(".")
    socket_client.draw_and_wait()


def test_an_error_names_the_drawing(socket_client: SocketClient) -> None:
    socket_client.send(**{**DRAW, "revision": 7, "strokes": []})
    error = socket_client.receive("error")
    assert (error["ref"], error["revision"], error["code"]) == (REF, 7, "empty")


def test_refuses_binary_frames(socket_client: SocketClient) -> None:
    socket_client.socket.send(json.dumps(DRAW).encode())
    assert socket_client.receive("error")["code"] == "binary"
    socket_client.draw_and_wait()


def test_a_frame_over_1_mib_closes_the_socket(socket_client: SocketClient) -> None:
    socket_client.socket.send("x" * (2**20 + 1))
    assert socket_client.close_code() == 1009


@pytest.mark.parametrize(
    "origin",
    ["http://elsewhere.example", "https://localhost", "http://localhost:1", "null", ""],
)
def test_refuses_a_foreign_origin(user_session: UserSession, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refusal, user_session.connect(Origin=origin):
        pass
    assert refusal.value.response.status_code == 403


def test_accepts_the_origin_of_the_site(user_session: UserSession) -> None:
    with user_session.connect(Origin=user_session.site.base_url) as socket_client:
        socket_client.draw_and_wait()


def test_refuses_an_unknown_path(user_session: UserSession) -> None:
    address = f"ws://localhost:{user_session.site.port}/ws/other/"
    with pytest.raises(InvalidStatus), connect(address):
        pass


def test_closes_without_a_token_after_five_seconds(live_site: SiteProcess) -> None:
    with SocketClient(live_site.port) as socket_client:
        socket_client.send(**DRAW)
        assert socket_client.receive("error")["code"] == "not_authenticated"
        assert socket_client.close_code() == 4401


def test_an_invalid_session_cookie_is_anonymous(live_site: SiteProcess) -> None:
    with SocketClient(
        live_site.port, Cookie=f"sessionid-{live_site.port}=made-up; a=b"
    ) as socket_client:
        socket_client.send(type="auth", token="made-up")
        assert socket_client.close_code() == 4401


def test_authenticates_a_program_by_token(user_session: UserSession) -> None:
    command = [sys.executable, "manage.py", "create_api_token", user_session.name]
    made = subprocess.run(
        command,
        cwd=ROOT,
        env=user_session.site.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    with SocketClient(user_session.site.port) as socket_client:
        socket_client.send(type="auth", token=made.stdout.strip())
        socket_client.receive("hello")
        socket_client.draw_and_wait()


def test_signing_out_closes_only_the_sockets_of_the_session(
    live_site: SiteProcess, other_user_session: UserSession
) -> None:
    leaving = UserSession(live_site)
    with leaving.connect() as socket_client, other_user_session.connect() as other:
        for client in (socket_client, other):
            client.receive("hello")
        leaving.post("/accounts/logout/")
        left_at = time.monotonic()
        assert socket_client.close_code() == 4401
        assert time.monotonic() - left_at < deadline(2)
        other.draw_and_wait()


@pytest.mark.parametrize("missing", ["ref", "revision", "strokes"])
def test_every_field_of_a_drawing_is_required(socket_client: SocketClient, missing: str) -> None:
    message: dict[str, Any] = {name: value for name, value in DRAW.items() if name != missing}
    socket_client.send(**message)
    assert socket_client.receive("error")["code"] in ("bad_message", "not_ink")
