"""POST drawings/batch/."""

from typing import Any
from uuid import uuid4

import pytest

from recognizer.models import Drawing, User
from tests.api.api_client import ApiClient, problem_code
from tests.api.factories import STROKES, make_recognized_drawing

pytestmark = pytest.mark.usefixtures("pipeline")


def _payload(**overrides: Any) -> dict[str, Any]:
    return {"strokes": STROKES, "ref": str(uuid4()), **overrides}


def test_full_batch_keeps_its_order(owner_api: ApiClient, owner: User) -> None:
    batch = [_payload(strokes=[[[number, 0], [0, number]]]) for number in range(1, 257)]
    response = owner_api.post("drawings/batch/", batch)
    assert response.status_code == 202
    assert [drawing["ref"] for drawing in response.json()] == [one["ref"] for one in batch]
    assert [drawing["strokes"] for drawing in response.json()] == [one["strokes"] for one in batch]
    assert Drawing.objects.filter(owner=owner, status="queued").count() == 256


def test_status_is_200_if_all_have_a_prediction(owner_api: ApiClient, owner: User) -> None:
    batch = [_payload(strokes=[[[0, 0], [0, 10]]]) for _ in range(2)]
    for digit, one in enumerate(batch):
        make_recognized_drawing(owner, ref=one["ref"], ink="[[[0,0],[0,10]]]", digit=digit)
    response = owner_api.post("drawings/batch/", batch)
    assert response.status_code == 200
    assert [drawing["prediction"]["digit"] for drawing in response.json()] == [0, 1]


def test_conflict_in_a_batch_returns_its_problem(owner_api: ApiClient) -> None:
    first, second = _payload(), _payload()
    owner_api.post("drawings/", first)
    response = owner_api.post("drawings/batch/", [{**first, "strokes": [[[9, 9]]]}, second])
    assert response.status_code == 202
    problem, stored = response.json()
    assert stored["ref"] == second["ref"]
    assert (problem["status"], problem["code"]) == (409, "conflict")


def test_duplicate_in_a_batch_is_stored_once(owner_api: ApiClient) -> None:
    one = _payload()
    response = owner_api.post("drawings/batch/", [one, one])
    assert len({drawing["id"] for drawing in response.json()}) == 1
    assert Drawing.objects.count() == 1


def test_stores_nothing_if_one_drawing_is_invalid(owner_api: ApiClient) -> None:
    response = owner_api.post("drawings/batch/", [_payload(), {"strokes": []}, 7])
    assert problem_code(response) == (400, "invalid")
    assert sorted(response.json()["errors"]) == ["1", "2"]
    assert not Drawing.objects.exists()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([], (400, "invalid")),
        ({}, (400, "invalid")),
        ({"strokes": STROKES}, (400, "invalid")),
        ([{"strokes": STROKES}] * 257, (413, "too_large")),
    ],
    ids=["empty", "object", "one drawing", "too many"],
)
def test_refuses_invalid_batches(
    owner_api: ApiClient, body: Any, expected: tuple[int, str]
) -> None:
    assert problem_code(owner_api.post("drawings/batch/", body)) == expected
    assert not Drawing.objects.exists()


def test_anonymous_users_store_nothing(anonymous_api: ApiClient) -> None:
    assert problem_code(anonymous_api.post("drawings/batch/", [_payload()])) == (
        401,
        "not_authenticated",
    )
