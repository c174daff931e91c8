"""GET drawings/: one's own, newest first, page by page."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer.models import User
from tests.api.calling import Api, code_of
from tests.api.drawn import STROKES, answered, drawing_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def _ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [drawing["id"] for drawing in response.json()["results"]]


def test_it_lists_ones_own_newest_first_in_a_fixed_number_of_queries(
    mine: Api, owner: User, outsider: User
) -> None:
    drawings = [answered(owner, minutes_ago=minutes) for minutes in (3, 1, 2)]
    answered(outsider)
    drawing_of(owner, deleted_at=drawings[0].created_at)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = mine.get("drawings/")
    assert _ids(response) == [str(drawings[place].pk) for place in (1, 2, 0)]
    assert response.json()["next"] is None
    first = response.json()["results"][0]
    assert (first["status"], first["prediction"]["digit"], first["claim"]) == (
        "recognized",
        3,
        None,
    )
    assert first["strokes"] == STROKES
    assert len(queries) == 3  # session, user, drawings with their answers and models


def test_it_pages_through_drawings_of_one_moment_while_others_arrive(
    mine: Api, owner: User
) -> None:
    moment = drawing_of(owner).created_at
    for _ in range(6):
        drawing_of(owner, created_at=moment)
    first = mine.get("drawings/", limit=3)
    drawing_of(owner)
    second = mine.client.get(first.json()["next"])
    third = mine.client.get(second.json()["next"])
    seen = _ids(first) + _ids(second) + _ids(third)
    assert len(seen) == len(set(seen)) == 7
    assert third.json()["next"] is None


def test_the_next_page_keeps_the_filters(mine: Api, owner: User) -> None:
    for digit in (3, 4, 3, 4, 3):
        answered(owner, digit=digit)
    first = mine.get("drawings/", digit=3, limit=2)
    second = mine.client.get(first.json()["next"])
    assert len(_ids(first) + _ids(second)) == 3


@pytest.mark.parametrize("cursor", ["nonsense", "AAAA", "MjAyNiA=", "\x00", "é", "a" * 5000])
def test_it_refuses_a_broken_cursor(mine: Api, cursor: str) -> None:
    response = mine.get("drawings/", cursor=cursor)
    assert code_of(response) == (400, "invalid")
    assert "cursor" in response.json()["errors"]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many", "1e2", "٣"])
def test_it_refuses_a_page_size_out_of_bounds(mine: Api, limit: str) -> None:
    assert code_of(mine.get("drawings/", limit=limit)) == (400, "invalid")


def test_it_asks_nobody_to_sign_in(nobody: Api) -> None:
    assert code_of(nobody.get("drawings/")) == (401, "not_authenticated")


def test_it_refuses_methods_and_kinds_it_does_not_know(mine: Api) -> None:
    assert code_of(mine.client.put("/api/v1/drawings/")) == (405, "method_not_allowed")
    wants_xml = mine.client.get("/api/v1/drawings/", headers={"Accept": "application/xml"})
    assert code_of(wants_xml) == (406, "not_acceptable")
    as_text = mine.client.post("/api/v1/drawings/", "3", content_type="text/plain")
    assert code_of(as_text) == (415, "unsupported_media_type")
    assert json.loads(as_text.content)["title"] == "Unsupported Media Type"
