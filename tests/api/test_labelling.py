"""POST drawings/{id}/claim/: what the owner says it is."""

from typing import Any

import pytest

from recognizer.models import Label, User
from recognizer.tokens import make_token
from tests.api.calling import Api, code_of
from tests.api.drawn import answered, drawing_of
from tests.api.listening import Listener


@pytest.mark.django_db(transaction=True)
def test_a_label_is_stored_told_and_can_be_taken_back(
    mine: Api, owner: User, listener: Listener
) -> None:
    drawing = answered(owner)
    path = f"drawings/{drawing.pk}/claim/"
    said: list[Any] = [7, "not_a_digit", None]
    responses = [mine.post(path, {"claim": label}) for label in said]
    assert [response.status_code for response in responses] == [200] * 3
    assert [response.json()["claim"] for response in responses] == said
    assert list(Label.objects.values_list("value", "author", "shown_prediction", "source")) == [
        (value, owner.pk, drawing.prediction_id, "page") for value in (7, 10, None)
    ]
    told = [(user, event["type"], event["claim"]) for user, event in listener.events(3)]
    assert told == [(owner.pk, "label", label) for label in said]


@pytest.mark.django_db
def test_a_label_by_token_is_one_of_a_program(anonymous: Any, owner: User) -> None:
    key = make_token(user=owner, name="script").key
    program = Api(anonymous, Authorization=f"Token {key}")
    drawing = drawing_of(owner)
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
def test_what_is_no_label_is_refused(mine: Api, owner: User, body: Any) -> None:
    drawing = answered(owner)
    assert code_of(mine.post(f"drawings/{drawing.pk}/claim/", body)) == (400, "invalid")
    assert not Label.objects.exists()


@pytest.mark.django_db
def test_a_deleted_drawing_takes_no_label(mine: Api, owner: User) -> None:
    drawing = answered(owner)
    mine.delete(f"drawings/{drawing.pk}/")
    response = mine.post(f"drawings/{drawing.pk}/claim/", {"claim": 3})
    assert code_of(response) == (404, "not_found")
