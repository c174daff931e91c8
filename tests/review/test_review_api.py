"""GET review/next/ and POST review/{drawing id}/: reviewers only, and what they may say."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from recognizer.accounts.tokens import create_token
from recognizer.drawings.trash import delete_drawing
from recognizer.models import Label, ReviewItem, User
from tests.api.api_client import ApiClient, problem_code
from tests.fixtures.users import SignIn
from tests.review.factories import append_stroke, make_teaching_drawing, stored_ground_truth

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer_api(reviewer: User, sign_in: SignIn) -> ApiClient:
    return ApiClient(sign_in(reviewer))


def test_a_card_tells_what_a_reviewer_needs_and_not_whose_it_is(
    reviewer_api: ApiClient, owner: User
) -> None:
    drawing = make_teaching_drawing(owner, claim=8, pointer="pen")
    body = reviewer_api.get("review/next/").json()
    assert body["waiting"] == 1
    card = body["item"]
    assert (card["id"], card["revision"], card["claim"]) == (str(drawing.pk), 1, 8)
    assert (card["reason"], card["why"]) == ("conflict", "The person and the network disagree")
    assert (card["prediction"]["digit"], card["pointer"], card["raster"]) == (3, "pen", None)
    assert len(card["strokes"]) == 2
    assert "owner" not in str(card)
    assert "ground_truth" not in card


def test_a_picture_is_shown_as_the_network_saw_it(reviewer_api: ApiClient, owner: User) -> None:
    make_teaching_drawing(owner, claim=8, ink="", picture="pictures/x.png")
    card = reviewer_api.get("review/next/").json()["item"]
    assert card["strokes"] is None
    assert card["raster"].startswith("data:image/png;base64,")


def test_a_decision_is_a_verdict_and_undo_gives_the_card_back(
    reviewer_api: ApiClient, reviewer: User, owner: User
) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    card = reviewer_api.get("review/next/").json()["item"]
    path = f"review/{drawing.pk}/"
    said = {"choice": "not_a_digit", "lease": card["lease"], "blind": True}
    response = reviewer_api.post(path, said)
    assert (response.status_code, response.json()) == (
        200,
        {"id": str(drawing.pk), "choice": "not_a_digit", "item": None},
    )
    label = Label.objects.get(kind="review")
    assert (label.value, label.blind, label.author, label.source) == (10, True, reviewer, "page")
    back = reviewer_api.post(path, {"choice": "undo"}).json()
    assert back["item"]["id"] == str(drawing.pk)
    assert stored_ground_truth(drawing) == (None, "")
    assert reviewer_api.get("review/next/").json()["item"]["lease"] == back["item"]["lease"]


def test_a_program_reviews_with_a_key(reviewer: User, owner: User) -> None:
    key = create_token(user=reviewer, name="script").key
    program = ApiClient(Client(), Authorization=f"Token {key}")
    drawing = make_teaching_drawing(owner, claim=8)
    card = program.get("review/next/").json()["item"]
    program.post(f"review/{drawing.pk}/", {"choice": 3, "lease": card["lease"]})
    assert Label.objects.get(kind="review").source == "api"


def test_those_in_hand_are_left_out_and_one_digit_can_be_asked_for(
    reviewer_api: ApiClient, owner: User
) -> None:
    drawings = [make_teaching_drawing(owner, claim=8), make_teaching_drawing(owner, claim=7)]
    first = reviewer_api.get("review/next/").json()["item"]["id"]
    second = reviewer_api.get(f"review/next/?exclude={first}").json()["item"]["id"]
    assert {first, second} == {str(drawing.pk) for drawing in drawings}
    assert reviewer_api.get(f"review/next/?exclude={first},{second}").json()["item"] is None
    assert reviewer_api.get("review/next/?digit=7").json()["item"]["id"] == str(drawings[1].pk)


@pytest.mark.parametrize("query", ["digit=x", "digit=10", "digit=-1", "who=me", "digit=1&digit=2"])
def test_nonsense_in_the_query_is_refused(reviewer_api: ApiClient, query: str) -> None:
    assert problem_code(reviewer_api.get(f"review/next/?{query}")) == (400, "invalid")


def test_too_many_in_hand_are_refused(reviewer_api: ApiClient) -> None:
    ids = ",".join(str(uuid4()) for _ in range(21))
    assert problem_code(reviewer_api.get(f"review/next/?exclude={ids}")) == (400, "invalid")


@pytest.mark.parametrize("choice", [10, -1, "3", True, 3.0, None, "maybe", [3], {}])
def test_what_is_no_decision_is_refused(reviewer_api: ApiClient, owner: User, choice: Any) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    lease = reviewer_api.get("review/next/").json()["item"]["lease"]
    body = {"choice": choice, "lease": lease}
    assert problem_code(reviewer_api.post(f"review/{drawing.pk}/", body)) == (400, "invalid")
    assert not Label.objects.filter(kind="review").exists()


def test_each_refusal_has_its_code(reviewer_api: ApiClient, reviewer: User, owner: User) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    path, lease = f"review/{drawing.pk}/", str(uuid4())
    said = {"choice": 3, "lease": lease}
    assert problem_code(reviewer_api.post(path, said)) == (409, "lease_expired")
    assert problem_code(reviewer_api.post(path, {"choice": 3})) == (409, "lease_expired")
    assert problem_code(reviewer_api.post(path, {"choice": "undo"})) == (409, "nothing_to_undo")
    assert problem_code(reviewer_api.post(f"review/{uuid4()}/", said)) == (404, "not_found")
    assert problem_code(reviewer_api.post("review/nonsense/", said)) == (404, "not_found")
    own = make_teaching_drawing(reviewer, claim=8)
    assert problem_code(reviewer_api.post(f"review/{own.pk}/", said)) == (403, "own_drawing")
    held = {"choice": 3, "lease": reviewer_api.get("review/next/").json()["item"]["lease"]}
    append_stroke(drawing)
    assert problem_code(reviewer_api.post(path, held)) == (409, "stale")
    delete_drawing(owner_id=owner.pk, drawing_id=drawing.pk)
    assert problem_code(reviewer_api.post(path, held)) == (409, "deleted")
    assert not Label.objects.filter(kind="review").exists()


def test_the_lease_of_another_is_worth_nothing(
    reviewer_api: ApiClient, owner: User, admin: User
) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    reviewer_api.get("review/next/")
    stolen = str(ReviewItem.objects.get().lease)
    other = ApiClient(Client(), Authorization=f"Token {create_token(user=admin, name='x').key}")
    body = {"choice": 3, "lease": stolen}
    assert problem_code(other.post(f"review/{drawing.pk}/", body)) == (409, "lease_expired")


def test_it_is_for_reviewers(
    anonymous_api: ApiClient, owner_api: ApiClient, outsider_api: ApiClient, owner: User
) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    for api, refused in ((anonymous_api, 401), (owner_api, 403), (outsider_api, 403)):
        assert api.get("review/next/").status_code == refused
        response = api.post(f"review/{drawing.pk}/", {"choice": 3, "lease": str(uuid4())})
        assert response.status_code == refused


def test_a_claim_on_a_revision_that_has_passed_is_refused(
    owner_api: ApiClient, owner: User
) -> None:
    drawing = make_teaching_drawing(owner)
    append_stroke(drawing)
    path = f"drawings/{drawing.pk}/claim/"
    assert problem_code(owner_api.post(path, {"claim": 3, "revision": 1})) == (409, "stale")
    assert problem_code(owner_api.post(path, {"claim": 3, "revision": "2"})) == (400, "invalid")
    assert owner_api.post(path, {"claim": 3, "revision": 2}).json()["claim"] == 3


def test_a_truth_is_told_to_the_owner(
    reviewer_api: ApiClient, owner_api: ApiClient, owner: User
) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    lease = reviewer_api.get("review/next/").json()["item"]["lease"]
    reviewer_api.post(f"review/{drawing.pk}/", {"choice": 3, "lease": lease})
    told = owner_api.get(f"drawings/{drawing.pk}/").json()
    assert (told["ground_truth"], [label["label"] for label in told["labels"]]) == (3, [8])
    assert owner_api.get("drawings/").json()["results"][0]["ground_truth"] == 3
