"""GET review/next/ and POST review/{item id}/."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from recognizer.accounts.api_tokens import create_token
from recognizer.drawings.soft_delete_and_restore import delete_drawing
from recognizer.models import Drawing, Label, ReviewItem, User
from recognizer.review.review_queue_prioritization import fill_queue
from tests.api.api_client import ApiClient, problem_code
from tests.fixtures.users import SignIn
from tests.review.factories import append_stroke, make_teaching_drawing, stored_ground_truth

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer_api(reviewer: User, sign_in: SignIn) -> ApiClient:
    return ApiClient(sign_in(reviewer))


def test_an_item_does_not_reveal_the_owner(reviewer_api: ApiClient, owner: User) -> None:
    drawing = make_teaching_drawing(owner, claim=8, pointer="pen")
    body = reviewer_api.get("review/next/").json()
    assert body["waiting"] == 1
    item = body["item"]
    assert str(drawing.pk) not in str(item)
    assert (item["id"], item["revision"], item["claim"]) == (_key(drawing), 1, 8)
    assert item["reason"] == "conflict"
    assert (item["prediction"]["digit"], item["pointer"], item["raster"]) == (3, "pen", None)
    assert len(item["strokes"]) == 2
    assert "owner" not in str(item)
    assert "ground_truth" not in item


def test_an_uploaded_picture_is_shown_as_its_raster(reviewer_api: ApiClient, owner: User) -> None:
    make_teaching_drawing(owner, claim=8, ink="", picture="pictures/x.png")
    item = reviewer_api.get("review/next/").json()["item"]
    assert item["strokes"] is None
    assert item["raster"].startswith("data:image/png;base64,")


def test_a_review_is_stored_and_undo_returns_the_item(
    reviewer_api: ApiClient, reviewer: User, owner: User
) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    item = reviewer_api.get("review/next/").json()["item"]
    path = f"review/{item['id']}/"
    body = {"choice": "not_a_digit", "lease": item["lease"], "blind": True}
    response = reviewer_api.post(path, body)
    assert (response.status_code, response.json()) == (
        200,
        {"id": item["id"], "choice": "not_a_digit", "item": None},
    )
    label = Label.objects.get(kind="review")
    assert (label.value, label.blind, label.author, label.source) == (10, True, reviewer, "page")
    back = reviewer_api.post(path, {"choice": "undo"}).json()
    assert back["item"]["id"] == item["id"]
    assert stored_ground_truth(drawing) == (None, "")
    assert reviewer_api.get("review/next/").json()["item"]["lease"] == back["item"]["lease"]


def test_reviews_with_an_api_token(reviewer: User, owner: User) -> None:
    key = create_token(user=reviewer, name="script").key
    program = ApiClient(Client(), Authorization=f"Token {key}")
    make_teaching_drawing(owner, claim=8)
    item = program.get("review/next/").json()["item"]
    program.post(f"review/{item['id']}/", {"choice": 3, "lease": item["lease"]})
    assert Label.objects.get(kind="review").source == "api"


def test_excludes_drawings_and_filters_by_digit(reviewer_api: ApiClient, owner: User) -> None:
    drawings = [make_teaching_drawing(owner, claim=8), make_teaching_drawing(owner, claim=7)]
    first = reviewer_api.get("review/next/").json()["item"]["id"]
    second = reviewer_api.get(f"review/next/?exclude={first}").json()["item"]["id"]
    assert {first, second} == {_key(drawing) for drawing in drawings}
    assert reviewer_api.get(f"review/next/?exclude={first},{second}").json()["item"] is None
    assert reviewer_api.get("review/next/?digit=7").json()["item"]["id"] == _key(drawings[1])


@pytest.mark.parametrize("query", ["digit=x", "digit=10", "digit=-1", "who=me", "digit=1&digit=2"])
def test_refuses_an_invalid_query(reviewer_api: ApiClient, query: str) -> None:
    assert problem_code(reviewer_api.get(f"review/next/?{query}")) == (400, "invalid")


def test_refuses_too_many_excluded_drawings(reviewer_api: ApiClient) -> None:
    ids = ",".join(str(uuid4()) for _ in range(21))
    assert problem_code(reviewer_api.get(f"review/next/?exclude={ids}")) == (400, "invalid")


@pytest.mark.parametrize("choice", [10, -1, "3", True, 3.0, None, "maybe", [3], {}])
def test_refuses_an_invalid_choice(reviewer_api: ApiClient, owner: User, choice: Any) -> None:
    make_teaching_drawing(owner, claim=8)
    item = reviewer_api.get("review/next/").json()["item"]
    body = {"choice": choice, "lease": item["lease"]}
    assert problem_code(reviewer_api.post(f"review/{item['id']}/", body)) == (400, "invalid")
    assert not Label.objects.filter(kind="review").exists()


def test_each_refusal_has_its_code(reviewer_api: ApiClient, owner: User) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    item = reviewer_api.get("review/next/").json()["item"]
    path, held = f"review/{item['id']}/", {"choice": 3, "lease": item["lease"]}
    assert problem_code(reviewer_api.post("review/nonsense/", held)) == (404, "not_found")
    assert problem_code(reviewer_api.post(path, {"choice": "undo"})) == (409, "nothing_to_undo")
    append_stroke(drawing)
    assert problem_code(reviewer_api.post(path, held)) == (409, "stale")
    User.objects.filter(pk=owner.pk).update(may_teach=False)
    assert problem_code(reviewer_api.post(path, held)) == (409, "withdrawn")
    delete_drawing(owner_id=owner.pk, drawing_id=drawing.pk)
    assert problem_code(reviewer_api.post(path, held)) == (409, "deleted")
    assert not Label.objects.filter(kind="review").exists()


def test_items_that_are_not_held_have_one_code(
    reviewer_api: ApiClient, reviewer: User, owner: User
) -> None:
    drawing, own = make_teaching_drawing(owner, claim=8), make_teaching_drawing(reviewer, claim=8)
    deleted = make_teaching_drawing(owner, claim=8)
    delete_drawing(owner_id=owner.pk, drawing_id=deleted.pk)
    fill_queue(timezone.now())
    for id in (_key(drawing), drawing.pk, own.pk, deleted.pk, uuid4()):
        for body in ({"choice": 3, "lease": str(uuid4())}, {"choice": 3}, {"choice": "skip"}):
            response = reviewer_api.post(f"review/{id}/", body)
            assert problem_code(response) == (409, "lease_expired")
        response = reviewer_api.post(f"review/{id}/", {"choice": "undo"})
        assert problem_code(response) == (409, "nothing_to_undo")


def test_a_reviewer_holds_at_most_three_items(reviewer_api: ApiClient, owner: User) -> None:
    for _ in range(5):
        make_teaching_drawing(owner, claim=8)
    held: list[str] = []
    while item := reviewer_api.get("review/next/?exclude=" + ",".join(held)).json()["item"]:
        held.append(item["id"])
    assert len(held) == 3
    assert ReviewItem.objects.exclude(lease=None).count() == 3
    assert {UUID(id).version for id in held} == {4}  # random; version 7 contains the time


def test_refuses_the_lease_of_another_reviewer(
    reviewer_api: ApiClient, owner: User, admin: User
) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    reviewer_api.get("review/next/")
    stolen = str(ReviewItem.objects.get().lease)
    other = ApiClient(Client(), Authorization=f"Token {create_token(user=admin, name='x').key}")
    body = {"choice": 3, "lease": stolen}
    assert problem_code(other.post(f"review/{_key(drawing)}/", body)) == (409, "lease_expired")


def test_only_reviewers_have_access(
    anonymous_api: ApiClient, owner_api: ApiClient, outsider_api: ApiClient, owner: User
) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    for api, refused in ((anonymous_api, 401), (owner_api, 403), (outsider_api, 403)):
        assert api.get("review/next/").status_code == refused
        response = api.post(f"review/{drawing.pk}/", {"choice": 3, "lease": str(uuid4())})
        assert response.status_code == refused


def test_refuses_a_claim_on_an_outdated_revision(owner_api: ApiClient, owner: User) -> None:
    drawing = make_teaching_drawing(owner)
    append_stroke(drawing)
    path = f"drawings/{drawing.pk}/claim/"
    assert problem_code(owner_api.post(path, {"claim": 3, "revision": 1})) == (409, "stale")
    assert problem_code(owner_api.post(path, {"claim": 3, "revision": "2"})) == (400, "invalid")
    assert owner_api.post(path, {"claim": 3, "revision": 2}).json()["claim"] == 3


def test_the_owner_sees_the_ground_truth(
    reviewer_api: ApiClient, owner_api: ApiClient, owner: User
) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    item = reviewer_api.get("review/next/").json()["item"]
    reviewer_api.post(f"review/{item['id']}/", {"choice": 3, "lease": item["lease"]})
    detail = owner_api.get(f"drawings/{drawing.pk}/").json()
    assert (detail["ground_truth"], [label["label"] for label in detail["labels"]]) == (3, [8])
    assert owner_api.get("drawings/").json()["results"][0]["ground_truth"] == 3


def _key(drawing: Drawing) -> str:
    return str(ReviewItem.objects.get(drawing=drawing).key)
