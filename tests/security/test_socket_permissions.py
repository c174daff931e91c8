"""Every websocket message with every role, compared with permissions.csv."""

from typing import Any

import pytest
from django.db import connection
from websockets.exceptions import ConnectionClosed

from recognizer.models import Drawing, User
from recognizer.protocol import CLIENT_MESSAGE_TYPES
from recognizer.side_by_side import task_sender
from tests.api.factories import STROKES, make_recognized_drawing
from tests.fixtures.socket_client import SocketClient
from tests.security.conftest import Cookie
from tests.security.permissions import ROLES, PermissionRow, load_rows
from tests.security.web_process import WebProcess
from workers.comparison.side_by_side_task import side_by_side

ROWS = load_rows("message")
SERVER_MESSAGE_TYPES = (
    "queued",
    "drawing",
    "prediction",
    "label",
    "side_by_side",
    "resumed",
    "error",
)


def _message(kind: str, drawing: Drawing) -> dict[str, Any]:
    fields: dict[str, dict[str, Any]] = {
        "auth": {"token": "made-up"},
        "draw": {"ref": str(drawing.ref), "revision": 2, "strokes": STROKES},
        "claim": {"id": str(drawing.pk), "claim": 3},
        "side_by_side": {"id": str(drawing.pk), "revision": 1},
        "resume": {"since": 0},
    }
    return {"type": kind, **fields[kind]}


@pytest.fixture(autouse=True)
def inline_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run tasks immediately, without a broker."""

    def post(payload: str) -> None:
        side_by_side(payload)
        connection.close()

    monkeypatch.setattr(task_sender, "_send", post)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.request)
def test_each_role_gets_the_expected_result(
    row: PermissionRow, web: WebProcess, owner: User, cookie: Cookie, request: pytest.FixtureRequest
) -> None:
    drawing = make_recognized_drawing(owner)
    found = {}
    for who in ROLES:
        session = "" if who == "anonymous" else cookie(request.getfixturevalue(who))
        with web.connect(session) as socket_client:
            socket_client.send(**_message(row.request, drawing))
            found[who] = _first_response(socket_client, drawing, is_owner=who == "owner")
    assert found == row.results


def test_every_message_has_a_row() -> None:
    assert sorted(row.request for row in ROWS) == sorted(CLIENT_MESSAGE_TYPES)


def _first_response(socket_client: SocketClient, drawing: Drawing, *, is_owner: bool) -> str:
    """Return the type of the reply, the error code, or the close code."""
    try:
        while True:
            message = socket_client.receive(*SERVER_MESSAGE_TYPES)
            if message.get("id") == str(drawing.pk):
                assert is_owner or message["type"] == "error" or message.get("code"), message
            if message["type"] == "side_by_side":
                return str(message.get("code", "side_by_side"))
            if message["type"] == "error" and message["code"] != "not_authenticated":
                return str(message["code"])
            if message["type"] in ("queued", "label", "resumed"):
                return str(message["type"])
    except ConnectionClosed as closed:
        return str(closed.rcvd.code if closed.rcvd else None)
