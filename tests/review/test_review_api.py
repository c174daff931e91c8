"""GET review/next/ and POST review/{drawing id}/: reviewers only, and what they may say."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from recognizer.history import delete_drawing
from recognizer.models import Label, ReviewItem, User
from recognizer.tokens import make_token
from tests.api.calling import Api, code_of
from tests.fixtures.cast import SignIn
from tests.review.people import grow, taught, truth_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewing(reviewer: User, sign_in: SignIn) -> Api:
    return Api(sign_in(reviewer))


def test_a_card_tells_what_a_reviewer_needs_and_not_whose_it_is(
    reviewing: Api, owner: User
) -> None:
    drawing = taught(owner, claim=8, pointer="pen")
    body = reviewing.get("review/next/").json()
    assert body["waiting"] == 1
    card = body["item"]
    assert (card["id"], card["revision"], card["claim"]) == (str(drawing.pk), 1, 8)
    assert (card["reason"], card["why"]) == ("conflict", "The person and the network disagree")
    assert (card["prediction"]["digit"], card["pointer"], card["raster"]) == (3, "pen", None)
    assert len(card["strokes"]) == 2
    assert "owner" not in str(card)
    assert "ground_truth" not in card


def test_a_picture_is_shown_as_the_network_saw_it(reviewing: Api, owner: User) -> None:
    taught(owner, claim=8, ink="", picture="pictures/x.png")
    card = reviewing.get("review/next/").json()["item"]
    assert card["strokes"] is None
    assert card["raster"].startswith("data:image/png;base64,")


def test_a_decision_is_a_verdict_and_undo_gives_the_card_back(
    reviewing: Api, reviewer: User, owner: User
) -> None:
    drawing = taught(owner, claim=8)
    card = reviewing.get("review/next/").json()["item"]
    path = f"review/{drawing.pk}/"
    said = {"choice": "not_a_digit", "lease": card["lease"], "blind": True}
    response = reviewing.post(path, said)
    assert (response.status_code, response.json()) == (
        200,
        {"id": str(drawing.pk), "choice": "not_a_digit", "item": None},
    )
    label = Label.objects.get(kind="review")
    assert (label.value, label.blind, label.author, label.source) == (10, True, reviewer, "page")
    back = reviewing.post(path, {"choice": "undo"}).json()
    assert back["item"]["id"] == str(drawing.pk)
    assert truth_of(drawing) == (None, "")
    assert reviewing.get("review/next/").json()["item"]["lease"] == back["item"]["lease"]


def test_a_program_reviews_with_a_key(reviewer: User, owner: User) -> None:
    key = make_token(user=reviewer, name="script").key
    program = Api(Client(), Authorization=f"Token {key}")
    drawing = taught(owner, claim=8)
    card = program.get("review/next/").json()["item"]
    program.post(f"review/{drawing.pk}/", {"choice": 3, "lease": card["lease"]})
    assert Label.objects.get(kind="review").source == "api"


def test_those_in_hand_are_left_out_and_one_digit_can_be_asked_for(
    reviewing: Api, owner: User
) -> None:
    drawings = [taught(owner, claim=8), taught(owner, claim=7)]
    first = reviewing.get("review/next/").json()["item"]["id"]
    second = reviewing.get(f"review/next/?exclude={first}").json()["item"]["id"]
    assert {first, second} == {str(drawing.pk) for drawing in drawings}
    assert reviewing.get(f"review/next/?exclude={first},{second}").json()["item"] is None
    assert reviewing.get("review/next/?digit=7").json()["item"]["id"] == str(drawings[1].pk)


@pytest.mark.parametrize("query", ["digit=x", "digit=10", "digit=-1", "who=me", "digit=1&digit=2"])
def test_nonsense_in_the_query_is_refused(reviewing: Api, query: str) -> None:
    assert code_of(reviewing.get(f"review/next/?{query}")) == (400, "invalid")


def test_too_many_in_hand_are_refused(reviewing: Api) -> None:
    ids = ",".join(str(uuid4()) for _ in range(21))
    assert code_of(reviewing.get(f"review/next/?exclude={ids}")) == (400, "invalid")


@pytest.mark.parametrize("choice", [10, -1, "3", True, 3.0, None, "maybe", [3], {}])
def test_what_is_no_decision_is_refused(reviewing: Api, owner: User, choice: Any) -> None:
    drawing = taught(owner, claim=8)
    lease = reviewing.get("review/next/").json()["item"]["lease"]
    body = {"choice": choice, "lease": lease}
    assert code_of(reviewing.post(f"review/{drawing.pk}/", body)) == (400, "invalid")
    assert not Label.objects.filter(kind="review").exists()


def test_each_refusal_has_its_code(reviewing: Api, reviewer: User, owner: User) -> None:
    drawing = taught(owner, claim=8)
    path, lease = f"review/{drawing.pk}/", str(uuid4())
    said = {"choice": 3, "lease": lease}
    assert code_of(reviewing.post(path, said)) == (409, "lease_expired")
    assert code_of(reviewing.post(path, {"choice": 3})) == (409, "lease_expired")
    assert code_of(reviewing.post(path, {"choice": "undo"})) == (409, "nothing_to_undo")
    assert code_of(reviewing.post(f"review/{uuid4()}/", said)) == (404, "not_found")
    assert code_of(reviewing.post("review/nonsense/", said)) == (404, "not_found")
    own = taught(reviewer, claim=8)
    assert code_of(reviewing.post(f"review/{own.pk}/", said)) == (403, "own_drawing")
    held = {"choice": 3, "lease": reviewing.get("review/next/").json()["item"]["lease"]}
    grow(drawing)
    assert code_of(reviewing.post(path, held)) == (409, "stale")
    delete_drawing(owner_id=owner.pk, drawing_id=drawing.pk)
    assert code_of(reviewing.post(path, held)) == (409, "deleted")
    assert not Label.objects.filter(kind="review").exists()


def test_the_lease_of_another_is_worth_nothing(reviewing: Api, owner: User, admin: User) -> None:
    drawing = taught(owner, claim=8)
    reviewing.get("review/next/")
    stolen = str(ReviewItem.objects.get().lease)
    other = Api(Client(), Authorization=f"Token {make_token(user=admin, name='x').key}")
    body = {"choice": 3, "lease": stolen}
    assert code_of(other.post(f"review/{drawing.pk}/", body)) == (409, "lease_expired")


def test_it_is_for_reviewers(nobody: Api, mine: Api, theirs: Api, owner: User) -> None:
    drawing = taught(owner, claim=8)
    for api, refused in ((nobody, 401), (mine, 403), (theirs, 403)):
        assert api.get("review/next/").status_code == refused
        response = api.post(f"review/{drawing.pk}/", {"choice": 3, "lease": str(uuid4())})
        assert response.status_code == refused


def test_a_claim_on_a_revision_that_has_passed_is_refused(mine: Api, owner: User) -> None:
    drawing = taught(owner)
    grow(drawing)
    path = f"drawings/{drawing.pk}/claim/"
    assert code_of(mine.post(path, {"claim": 3, "revision": 1})) == (409, "stale")
    assert code_of(mine.post(path, {"claim": 3, "revision": "2"})) == (400, "invalid")
    assert mine.post(path, {"claim": 3, "revision": 2}).json()["claim"] == 3


def test_a_truth_is_told_to_the_owner(reviewing: Api, mine: Api, owner: User) -> None:
    drawing = taught(owner, claim=8)
    lease = reviewing.get("review/next/").json()["item"]["lease"]
    reviewing.post(f"review/{drawing.pk}/", {"choice": 3, "lease": lease})
    told = mine.get(f"drawings/{drawing.pk}/").json()
    assert (told["ground_truth"], [label["label"] for label in told["labels"]]) == (3, [8])
    assert mine.get("drawings/").json()["results"][0]["ground_truth"] == 3
