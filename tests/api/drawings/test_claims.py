"""POST drawings/{id}/claim/: what the owner says it is."""

from typing import Any

import pytest

from recognizer.accounts.tokens import create_token
from recognizer.models import Label, User
from tests.api.api_client import ApiClient, problem_code
from tests.api.event_listener import EventListener
from tests.api.factories import make_drawing, make_recognized_drawing


@pytest.mark.django_db(transaction=True)
def test_a_label_is_stored_told_and_can_be_taken_back(
    owner_api: ApiClient, owner: User, event_listener: EventListener
) -> None:
    drawing = make_recognized_drawing(owner)
    path = f"drawings/{drawing.pk}/claim/"
    said: list[Any] = [7, "not_a_digit", None]
    responses = [owner_api.post(path, {"claim": label}) for label in said]
    assert [response.status_code for response in responses] == [200] * 3
    assert [response.json()["claim"] for response in responses] == said
    assert list(Label.objects.values_list("value", "author", "shown_prediction", "source")) == [
        (value, owner.pk, drawing.prediction_id, "page") for value in (7, 10, None)
    ]
    told = [(user, event["type"], event["claim"]) for user, event in event_listener.events(3)]
    assert told == [(owner.pk, "label", label) for label in said]


@pytest.mark.django_db
def test_a_label_by_token_is_one_of_a_program(anonymous: Any, owner: User) -> None:
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
def test_what_is_no_label_is_refused(owner_api: ApiClient, owner: User, body: Any) -> None:
    drawing = make_recognized_drawing(owner)
    assert problem_code(owner_api.post(f"drawings/{drawing.pk}/claim/", body)) == (400, "invalid")
    assert not Label.objects.exists()


@pytest.mark.django_db
def test_a_deleted_drawing_takes_no_label(owner_api: ApiClient, owner: User) -> None:
    drawing = make_recognized_drawing(owner)
    owner_api.delete(f"drawings/{drawing.pk}/")
    response = owner_api.post(f"drawings/{drawing.pk}/claim/", {"claim": 3})
    assert problem_code(response) == (409, "deleted")
