"""The page "How it works": the user's last drawing or an example, never a foreign drawing."""

import json
import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from recognizer.models import User
from tests.api.factories import STROKES, make_drawing, make_recognized_drawing
from tests.fixtures.users import SignIn

pytestmark = pytest.mark.django_db

PATH = "/how-it-works/"


def load_state(client: Client, **query: str) -> dict[str, Any]:
    """Return the initial state of the page's scripts."""
    response = client.get(PATH, query)
    assert response.status_code == 200
    found = re.search(r'<script id="state"[^>]*>(.*?)</script>', response.content.decode(), re.S)
    assert found
    state: dict[str, Any] = json.loads(found[1])
    return state


def test_anonymous_visitor_gets_the_examples(anonymous: Client) -> None:
    state = load_state(anonymous)
    assert len(state["examples"]) == 10
    assert (state["drawing"], state["canDraw"]) == (None, True)


def test_starts_with_the_last_recognized_drawing(owner: User, sign_in: SignIn) -> None:
    make_recognized_drawing(owner, minutes_ago=5)
    last = make_recognized_drawing(owner)
    make_drawing(owner)  # without a prediction
    state = load_state(sign_in(owner))
    assert state["drawing"] == {"id": str(last.pk), "strokes": STROKES}


def test_shows_a_named_drawing_and_an_upload_without_strokes(owner: User, sign_in: SignIn) -> None:
    older = make_recognized_drawing(owner, minutes_ago=5, ink="")
    make_recognized_drawing(owner)
    state = load_state(sign_in(owner), drawing=str(older.pk))
    assert state["drawing"] == {"id": str(older.pk), "strokes": None}


@pytest.mark.parametrize("named", ["foreign", "unknown", "malformed"])
def test_other_ids_are_not_found(named: str, owner: User, outsider: User, sign_in: SignIn) -> None:
    ids = {
        "foreign": make_recognized_drawing(outsider).pk,
        "unknown": uuid4(),
        "malformed": "%00'\"<",
    }
    make_recognized_drawing(owner)
    client = sign_in(owner)
    assert client.get(PATH, {"drawing": str(ids[named])}).status_code == 404
    assert client.get(PATH).status_code == 200


def test_anonymous_visitor_must_sign_in_for_a_drawing(anonymous: Client) -> None:
    response = anonymous.get(PATH, {"drawing": str(uuid4())})
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=/how-it-works/")


def test_response_is_not_cached(owner: User, sign_in: SignIn) -> None:
    assert "no-store" in sign_in(owner).get(PATH)["Cache-Control"]


def test_footer_links_to_the_page(anonymous: Client) -> None:
    assert f'href="{PATH}"' in anonymous.get("/accounts/login/").content.decode()
