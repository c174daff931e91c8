"""GET drawings/: order and pages."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer.models import User
from tests.api.api_client import ApiClient, problem_code
from tests.api.factories import make_drawing, make_recognized_drawing

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def _ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [drawing["id"] for drawing in response.json()["results"]]


def test_lists_own_drawings_in_a_fixed_number_of_queries(
    owner_api: ApiClient, owner: User, outsider: User
) -> None:
    drawings = [make_recognized_drawing(owner, minutes_ago=minutes) for minutes in (3, 1, 2)]
    make_recognized_drawing(outsider)
    make_drawing(owner, deleted_at=drawings[0].created_at)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = owner_api.get("drawings/")
    assert _ids(response) == [str(drawings[place].pk) for place in (1, 2, 0)]
    assert response.json()["next"] is None
    first = response.json()["results"][0]
    assert (first["status"], first["prediction"]["digit"], first["claim"]) == (
        "recognized",
        3,
        None,
    )
    assert "strokes" not in first
    assert len(queries) == 4  # session, user, order, drawings with their predictions and models


def test_pages_stay_stable_while_drawings_arrive(owner_api: ApiClient, owner: User) -> None:
    moment = make_drawing(owner).created_at
    for _ in range(6):
        make_drawing(owner, created_at=moment)
    first = owner_api.get("drawings/", limit=3)
    make_drawing(owner)
    second = owner_api.client.get(first.json()["next"])
    third = owner_api.client.get(second.json()["next"])
    seen = _ids(first) + _ids(second) + _ids(third)
    assert len(seen) == len(set(seen)) == 7
    assert third.json()["next"] is None


def test_next_page_keeps_the_filters(owner_api: ApiClient, owner: User) -> None:
    for digit in (3, 4, 3, 4, 3):
        make_recognized_drawing(owner, digit=digit)
    first = owner_api.get("drawings/", digit=3, limit=2)
    second = owner_api.client.get(first.json()["next"])
    assert len(_ids(first) + _ids(second)) == 3


@pytest.mark.parametrize("cursor", ["nonsense", "AAAA", "MjAyNiA=", "é", "a" * 5000])
def test_refuses_an_invalid_cursor(owner_api: ApiClient, cursor: str) -> None:
    response = owner_api.get("drawings/", cursor=cursor)
    assert problem_code(response) == (400, "invalid")
    assert "cursor" in response.json()["errors"]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many", "1e2", "٣"])
def test_refuses_a_page_size_out_of_range(owner_api: ApiClient, limit: str) -> None:
    assert problem_code(owner_api.get("drawings/", limit=limit)) == (400, "invalid")


def test_anonymous_users_must_authenticate(anonymous_api: ApiClient) -> None:
    assert problem_code(anonymous_api.get("drawings/")) == (401, "not_authenticated")


def test_refuses_unknown_methods_and_content_types(owner_api: ApiClient) -> None:
    assert problem_code(owner_api.client.put("/api/v1/drawings/")) == (405, "method_not_allowed")
    wants_xml = owner_api.client.get("/api/v1/drawings/", headers={"Accept": "application/xml"})
    assert problem_code(wants_xml) == (406, "not_acceptable")
    as_text = owner_api.client.post("/api/v1/drawings/", "3", content_type="text/plain")
    assert problem_code(as_text) == (415, "unsupported_media_type")
    assert json.loads(as_text.content)["title"] == "Unsupported Media Type"
