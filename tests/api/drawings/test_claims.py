"""POST drawings/{id}/claim/."""

from typing import Any

import pytest

from recognizer.accounts.api_tokens import create_token
from recognizer.models import Label, User
from tests.api.api_client import ApiClient, problem_code
from tests.api.event_listener import EventListener
from tests.api.factories import make_drawing, make_recognized_drawing


@pytest.mark.django_db(transaction=True)
def test_claim_is_stored_published_and_removed(
    owner_api: ApiClient, owner: User, event_listener: EventListener
) -> None:
    drawing = make_recognized_drawing(owner)
    path = f"drawings/{drawing.pk}/claim/"
    claims: list[Any] = [7, "not_a_digit", None]
    responses = [owner_api.post(path, {"claim": label}) for label in claims]
    assert [response.status_code for response in responses] == [200] * 3
    assert [response.json()["claim"] for response in responses] == claims
    assert list(Label.objects.values_list("value", "author", "shown_prediction", "source")) == [
        (value, owner.pk, drawing.prediction_id, "page") for value in (7, 10, None)
    ]
    events = [(user, event["type"], event["claim"]) for user, event in event_listener.events(3)]
    assert events == [(owner.pk, "label", label) for label in claims]


@pytest.mark.django_db
def test_claim_by_token_has_the_source_api(anonymous: Any, owner: User) -> None:
    key = create_token(user=owner, name="script").key
    program = ApiClient(anonymous, Authorization=f"Token {key}")
    drawing = make_drawing(owner)
    assert program.post(f"drawings/{drawing.pk}/claim/", {"claim": 0}).json()["claim"] == 0
    assert Label.objects.get().source == "api"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"claim": 10},
        {"claim": -1},
        {"claim": "7"},
        {"claim": True},
        {"claim": 7.0},
        {"claim": [7]},
        {"claim": 7, "why": "because"},
        [],
        7,
    ],
    ids=str,
)
def test_refuses_invalid_claims(owner_api: ApiClient, owner: User, body: Any) -> None:
    drawing = make_recognized_drawing(owner)
    assert problem_code(owner_api.post(f"drawings/{drawing.pk}/claim/", body)) == (400, "invalid")
    assert not Label.objects.exists()


@pytest.mark.django_db
def test_refuses_a_claim_of_a_deleted_drawing(owner_api: ApiClient, owner: User) -> None:
    drawing = make_recognized_drawing(owner)
    owner_api.delete(f"drawings/{drawing.pk}/")
    response = owner_api.post(f"drawings/{drawing.pk}/claim/", {"claim": 3})
    assert problem_code(response) == (409, "deleted")
