"""GET drawings/{id}/ and its raster.png."""

import io
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from recognizer.models import Label, Prediction, Promotion, User
from tests.api.calling import Api, code_of
from tests.api.drawn import answered, drawing_of, model_version

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_it_shows_a_drawing_with_all_its_past(mine: Api, owner: User) -> None:
    drawing = answered(owner, digit=3, claim=5, pointer="touch")
    shown = drawing.prediction
    Label.objects.create(drawing=drawing, author=owner, revision=1, value=10, source="api")
    served_before = model_version(name="lenet", sha256="cd" * 32)
    Promotion.objects.create(model=served_before, reason="The first.")
    Prediction.objects.create(
        drawing=drawing,
        revision=2,
        model=served_before,
        verdict="not_a_digit",
        digit=None,
        confidence=0.8,
        probabilities=[0.1] * 10,
        raster=bytes(784),
        latency_ms=1.5,
        created_at=drawing.created_at,
    )
    with CaptureQueriesContext(connection) as queries:
        body = mine.get(f"drawings/{drawing.pk}/").json()
    assert len(queries) == 5  # session, user, drawing, answers with their models, labels
    assert (body["id"], body["status"], body["label"], body["truth"]) == (
        str(drawing.pk),
        "recognized",
        5,
        None,
    )
    assert shown is not None
    assert body["prediction"] == {
        "digit": 3,
        "verdict": "digit",
        "confidence": 0.95,
        "probabilities": [0.1] * 10,
        "model": shown.model.label,
        "latency_ms": 0.5,
    }
    assert [(answer["revision"], answer["digit"]) for answer in body["answers"]] == [
        (1, 3),
        (2, None),
    ]
    assert [label["label"] for label in body["labels"]] == [5, "not_a_digit"]


def test_a_failed_drawing_says_why(mine: Api, owner: User) -> None:
    drawing = drawing_of(owner, status="failed", error="empty")
    body = mine.get(f"drawings/{drawing.pk}/").json()
    assert (body["status"], body["error"], body["prediction"]) == ("failed", "empty", None)


def test_the_raster_is_what_the_network_saw(mine: Api, owner: User) -> None:
    drawing = answered(owner)
    response = mine.get(f"drawings/{drawing.pk}/raster.png")
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert "private" in response["Cache-Control"]
    image = Image.open(io.BytesIO(response.content))
    assert (image.size, image.mode, image.tobytes()) == ((28, 28), "L", bytes(range(28)) * 28)


def test_there_is_no_raster_before_the_answer(mine: Api, owner: User) -> None:
    response = mine.get(f"drawings/{drawing_of(owner).pk}/raster.png")
    assert code_of(response) == (404, "no_answer")


def test_a_picture_is_given_to_who_asks_for_pictures_only(mine: Api, owner: User) -> None:
    path = f"/api/v1/drawings/{answered(owner).pk}/raster.png"
    assert mine.client.get(path, headers={"Accept": "image/png"}).status_code == 200


ROUTES = [
    ("get", ""),
    ("delete", ""),
    ("get", "raster.png"),
    ("post", "restore/"),
    ("post", "label/"),
]


@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_anothers_drawing_is_not_there(theirs: Api, owner: User, method: str, route: str) -> None:
    drawing = answered(owner)
    body = {"label": 3} if route == "label/" else None
    path = f"drawings/{drawing.pk}/{route}"
    response = theirs.get(path) if method == "get" else getattr(theirs, method)(path, body)
    assert code_of(response) == (404, "not_found")
    drawing.refresh_from_db()
    assert (drawing.deleted_at, drawing.claim) == (None, None)


@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_nobody_is_asked_to_sign_in(nobody: Api, owner: User, method: str, route: str) -> None:
    path = f"drawings/{answered(owner).pk}/{route}"
    assert code_of(getattr(nobody, method)(path)) == (401, "not_authenticated")


@pytest.mark.parametrize("drawing_id", [str(UUID(int=1)), "7", "nonsense", "%00", "'; DROP TABLE"])
@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_an_id_that_nothing_has_is_not_there(
    mine: Api, method: str, route: str, drawing_id: str
) -> None:
    body = {"label": 3} if route == "label/" else None
    path = f"drawings/{drawing_id}/{route}"
    response = mine.get(path) if method == "get" else getattr(mine, method)(path, body)
    assert code_of(response) == (404, "not_found")


def test_an_address_that_is_nowhere_is_a_problem_too(mine: Api, nobody: Api) -> None:
    assert code_of(mine.get("nonsense/")) == (404, "not_found")
    assert code_of(nobody.get("")) == (404, "not_found")
    assert mine.get("drawings").status_code == 301
