"""GET drawings/{id}/ and its raster.png."""

import io
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from recognizer.models import Label, Prediction, Promotion, User
from tests.api.api_client import ApiClient, problem_code
from tests.api.factories import make_drawing, make_model_version, make_recognized_drawing

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_returns_all_predictions_and_labels(owner_api: ApiClient, owner: User) -> None:
    drawing = make_recognized_drawing(owner, digit=3, claim=5, pointer="touch")
    shown = drawing.prediction
    Label.objects.create(drawing=drawing, author=owner, revision=1, value=10, source="api")
    served_before = make_model_version(name="lenet", sha256="cd" * 32)
    Promotion.objects.create(model=served_before, reason="The first.")
    Prediction.objects.create(
        drawing=drawing,
        revision=2,
        model=served_before,
        decision="not_a_digit",
        digit=None,
        confidence=0.8,
        probabilities=[0.1] * 10,
        raster=bytes(784),
        latency_ms=1.5,
        created_at=drawing.created_at,
    )
    with CaptureQueriesContext(connection) as queries:
        body = owner_api.get(f"drawings/{drawing.pk}/").json()
    assert len(queries) == 5  # session, user, drawing, predictions with their models, labels
    assert (body["id"], body["status"], body["claim"], body["ground_truth"]) == (
        str(drawing.pk),
        "recognized",
        5,
        None,
    )
    assert shown is not None
    assert body["prediction"] == {
        "digit": 3,
        "decision": "digit",
        "confidence": 0.95,
        "probabilities": [0.1] * 10,
        "model": shown.model.ref,
        "latency_ms": 0.5,
    }
    assert [
        (prediction["revision"], prediction["digit"]) for prediction in body["predictions"]
    ] == [
        (1, 3),
        (2, None),
    ]
    assert [label["label"] for label in body["labels"]] == [5, "not_a_digit"]


def test_failed_drawing_has_an_error_code(owner_api: ApiClient, owner: User) -> None:
    drawing = make_drawing(owner, status="failed", error="empty")
    body = owner_api.get(f"drawings/{drawing.pk}/").json()
    assert (body["status"], body["error"], body["prediction"]) == ("failed", "empty", None)


def test_raster_is_the_input_of_the_model(owner_api: ApiClient, owner: User) -> None:
    drawing = make_recognized_drawing(owner)
    response = owner_api.get(f"drawings/{drawing.pk}/raster.png")
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert "private" in response["Cache-Control"]
    image = Image.open(io.BytesIO(response.content))
    assert (image.size, image.mode, image.tobytes()) == ((28, 28), "L", bytes(range(28)) * 28)


def test_no_raster_before_the_prediction(owner_api: ApiClient, owner: User) -> None:
    response = owner_api.get(f"drawings/{make_drawing(owner).pk}/raster.png")
    assert problem_code(response) == (404, "no_prediction")


def test_raster_ignores_the_accept_header(owner_api: ApiClient, owner: User) -> None:
    path = f"/api/v1/drawings/{make_recognized_drawing(owner).pk}/raster.png"
    assert owner_api.client.get(path, headers={"Accept": "image/png"}).status_code == 200


ROUTES = [
    ("get", ""),
    ("delete", ""),
    ("get", "raster.png"),
    ("post", "restore/"),
    ("post", "claim/"),
]


@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_drawing_of_another_user_is_not_found(
    outsider_api: ApiClient, owner: User, method: str, route: str
) -> None:
    drawing = make_recognized_drawing(owner)
    body = {"claim": 3} if route == "claim/" else None
    path = f"drawings/{drawing.pk}/{route}"
    response = (
        outsider_api.get(path) if method == "get" else getattr(outsider_api, method)(path, body)
    )
    assert problem_code(response) == (404, "not_found")
    drawing.refresh_from_db()
    assert (drawing.deleted_at, drawing.claim) == (None, None)


@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_anonymous_users_must_authenticate(
    anonymous_api: ApiClient, owner: User, method: str, route: str
) -> None:
    path = f"drawings/{make_recognized_drawing(owner).pk}/{route}"
    assert problem_code(getattr(anonymous_api, method)(path)) == (401, "not_authenticated")


@pytest.mark.parametrize("drawing_id", [str(UUID(int=1)), "7", "nonsense", "'; DROP TABLE"])
@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_unknown_id_is_not_found(
    owner_api: ApiClient, method: str, route: str, drawing_id: str
) -> None:
    body = {"claim": 3} if route == "claim/" else None
    path = f"drawings/{drawing_id}/{route}"
    response = owner_api.get(path) if method == "get" else getattr(owner_api, method)(path, body)
    assert problem_code(response) == (404, "not_found")


def test_unknown_path_is_a_problem(owner_api: ApiClient, anonymous_api: ApiClient) -> None:
    assert problem_code(owner_api.get("nonsense/")) == (404, "not_found")
    assert problem_code(anonymous_api.get("")) == (404, "not_found")
    assert owner_api.get("drawings").status_code == 301
