"""docs/access.md, the messages of sockets: who gets what of each."""

from typing import Any

import pytest
from django.db import connection
from websockets.exceptions import ConnectionClosed

from recognizer.beside import sending
from recognizer.contract import CLIENT_MESSAGES
from recognizer.models import Drawing, User
from tests.api.drawn import STROKES, answered
from tests.fixtures.talk import Talk
from tests.guard.access_page import WHO, Row, read_rows
from tests.guard.conftest import Cookie
from tests.guard.served import Web
from workers.beside import beside

ROWS = read_rows("Sockets")
TOLD = ("queued", "drawing", "prediction", "label", "side_by_side", "resumed", "error")


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
def background(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does what it is asked at once, without the broker between."""

    def post(payload: str) -> None:
        beside(payload)
        connection.close()

    monkeypatch.setattr(sending, "_post", post)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.asked)
def test_everybody_gets_what_the_page_says(
    row: Row, web: Web, owner: User, cookie: Cookie, request: pytest.FixtureRequest
) -> None:
    drawing = answered(owner)
    found = {}
    for who in WHO:
        session = "" if who == "anonymous" else cookie(request.getfixturevalue(who))
        with web.talk(session) as talk:
            talk.say(**_message(row.asked, drawing))
            found[who] = _what_comes(talk, drawing, is_owner=who == "owner")
    assert found == row.gets


def test_every_message_has_a_row() -> None:
    assert sorted(row.asked for row in ROWS) == sorted(CLIENT_MESSAGES)


def _what_comes(talk: Talk, drawing: Drawing, *, is_owner: bool) -> str:
    """The type of the answer, the code of an error, or how the socket was closed."""
    try:
        while True:
            message = talk.hear(*TOLD)
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
