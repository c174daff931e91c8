"""The search, bulk relabel and undo endpoints."""

from typing import Any
from uuid import uuid4

import pytest

from recognizer.models import Label, User
from tests.api.api_client import ApiClient, problem_code
from tests.fixtures.users import SignIn
from tests.review.factories import append_stroke, make_teaching_drawing

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer_api(reviewer: User, sign_in: SignIn) -> ApiClient:
    return ApiClient(sign_in(reviewer))


def test_relabels_search_results_and_undoes_it(reviewer_api: ApiClient, owner: User) -> None:
    drawings = [make_teaching_drawing(owner, claim=4) for _ in range(3)]
    make_teaching_drawing(owner, claim=8)
    first = reviewer_api.get("review/drawings/?effective_label=4&order=worst&limit=2").json()
    rest = reviewer_api.client.get(first["next"]).json()
    found = first["results"] + rest["results"]
    assert {one["id"] for one in found} == {str(drawing.pk) for drawing in drawings}
    assert rest["next"] is None
    assert "owner" not in str(found)
    assert owner.username not in str(found)

    ids = [f"{one['id']}/{one['revision']}" for one in found]
    append_stroke(drawings[0])
    relabelled = reviewer_api.post("review/relabel/", {"ids": ids, "label": 9}).json()
    assert [one["ground_truth"] for one in relabelled["done"]] == [9, 9]
    assert [(one["id"], one["code"]) for one in relabelled["refused"]] == [
        (str(drawings[0].pk), "stale")
    ]
    events = [one["event"] for one in relabelled["done"]]
    undone = reviewer_api.post("review/relabel/undo/", {"events": events}).json()
    assert [one["ground_truth"] for one in undone["done"]] == [None, None]

    aside = reviewer_api.post("review/relabel/", {"ids": ids[:3], "label": "set_aside"}).json()
    assert len(aside["done"]) == 2
    shown = reviewer_api.get("review/drawings/?ground_truth=set_aside").json()["results"]
    assert [one["is_set_aside"] for one in shown] == [True, True]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": [], "label": 3},
        {"ids": ["x"], "label": 3},
        {"ids": [f"{uuid4()}/0"], "label": 3},
        {"ids": [7], "label": 3},
        {"ids": [str(uuid4())], "label": 10},
        {"ids": [str(uuid4())], "label": None},
        {"ids": [str(uuid4())], "label": "undo"},
        {"ids": [str(uuid4()) for _ in range(201)], "label": 3},
        {"ids": [str(uuid4())], "label": 3, "colour": "red"},
    ],
)
def test_refuses_an_invalid_relabel_request(reviewer_api: ApiClient, body: Any) -> None:
    assert problem_code(reviewer_api.post("review/relabel/", body)) == (400, "invalid")
    assert not Label.objects.exists()


def test_refuses_invalid_undo_and_search_requests(reviewer_api: ApiClient) -> None:
    for events in ([], ["x"], [-1], list(range(201)), [2**63]):
        response = reviewer_api.post("review/relabel/undo/", {"events": events})
        assert problem_code(response) == (400, "invalid")
    for query in ("limit=0", "limit=201", "order=worst", "cursor=x", "digit=12", "colour=red"):
        assert problem_code(reviewer_api.get(f"review/drawings/?{query}")) == (400, "invalid")


def test_only_admins_search_by_user(
    reviewer_api: ApiClient, admin: User, owner: User, sign_in: SignIn
) -> None:
    drawing = make_teaching_drawing(owner)
    query = f"review/drawings/?user={owner.username}"
    assert problem_code(reviewer_api.get(query)) == (403, "permission_denied")
    results = ApiClient(sign_in(admin)).get(query).json()["results"]
    assert [one["id"] for one in results] == [str(drawing.pk)]


def test_only_reviewers_have_access(
    anonymous_api: ApiClient, owner_api: ApiClient, outsider_api: ApiClient, owner: User
) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    for api, refused in ((anonymous_api, 401), (owner_api, 403), (outsider_api, 403)):
        assert api.get("review/drawings/").status_code == refused
        body = {"ids": [str(drawing.pk)], "label": 3}
        assert api.post("review/relabel/", body).status_code == refused
        assert api.post("review/relabel/undo/", {"events": [1]}).status_code == refused
