"""The page that explains: one's last drawing or an example, and never another's."""

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


def state_of(client: Client, **query: str) -> dict[str, Any]:
    """What the page's scripts begin with."""
    response = client.get(PATH, query)
    assert response.status_code == 200
    found = re.search(r'<script id="state"[^>]*>(.*?)</script>', response.content.decode(), re.S)
    assert found
    state: dict[str, Any] = json.loads(found[1])
    return state


def test_nobody_in_particular_gets_the_examples(anonymous: Client) -> None:
    state = state_of(anonymous)
    assert len(state["examples"]) == 10
    assert (state["drawing"], state["signedIn"]) == (None, False)


def test_it_begins_with_the_last_drawing_that_was_answered(owner: User, sign_in: SignIn) -> None:
    make_recognized_drawing(owner, minutes_ago=5)
    last = make_recognized_drawing(owner)
    make_drawing(owner)  # waits for its answer
    state = state_of(sign_in(owner))
    assert state["drawing"] == {"id": str(last.pk), "strokes": STROKES}


def test_a_drawing_can_be_named_and_a_picture_has_no_strokes(owner: User, sign_in: SignIn) -> None:
    older = make_recognized_drawing(owner, minutes_ago=5, ink="")
    make_recognized_drawing(owner)
    state = state_of(sign_in(owner), drawing=str(older.pk))
    assert state["drawing"] == {"id": str(older.pk), "strokes": None}


@pytest.mark.parametrize("named", ["another's", "nobody's", "nonsense"])
def test_what_is_not_ones_own_is_not_there(
    named: str, owner: User, outsider: User, sign_in: SignIn
) -> None:
    ids = {
        "another's": make_recognized_drawing(outsider).pk,
        "nobody's": uuid4(),
        "nonsense": "%00'\"<",
    }
    make_recognized_drawing(owner)
    client = sign_in(owner)
    assert client.get(PATH, {"drawing": str(ids[named])}).status_code == 404
    assert client.get(PATH).status_code == 200


def test_who_is_signed_out_is_asked_to_sign_in_for_a_drawing(anonymous: Client) -> None:
    response = anonymous.get(PATH, {"drawing": str(uuid4())})
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=/how-it-works/")


def test_no_browser_keeps_it_for_whom_comes_after(owner: User, sign_in: SignIn) -> None:
    assert "no-store" in sign_in(owner).get(PATH)["Cache-Control"]


def test_every_page_leads_there(anonymous: Client) -> None:
    assert f'href="{PATH}"' in anonymous.get("/accounts/login/").content.decode()
