"""Requests for explanations: cache, limits, permissions and failures."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from pytest_django.fixtures import Settings

from ml.preprocessing.rasterize import rasterize
from recognizer import protocol
from recognizer.explanations import cache, explanation_requests
from recognizer.explanations.explanation_inputs import (
    EXAMPLE_INKS,
    drawing_subject,
    example_subject,
)
from recognizer.messaging.celery_task_sender import TaskSender
from recognizer.models import Drawing, ModelVersion, Prediction, PromotionKind, User
from recognizer.registry.promotion import (
    append_promotion,
    load_latest_promotion,
    promote_default_model,
)
from tests.api.api_client import ApiClient, problem_code
from tests.api.factories import make_drawing, make_recognized_drawing
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.releases import register_variant
from tests.fixtures.site_process import wait_until
from tests.fixtures.users import SignIn
from workers.explain.explain_task import explain_if_requested

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]

SEVEN = EXAMPLE_INKS[7]


@pytest.fixture(autouse=True)
def champion(db: None) -> ModelVersion:
    return promote_default_model(settings.DEFAULT_MODEL_DIR)


@pytest.fixture
def sender(valkey: BrokerProcess) -> Iterator[TaskSender]:
    sender = TaskSender()
    yield sender
    sender.close()


@pytest.fixture
def seven(owner: User, champion: ModelVersion) -> Drawing:
    drawing = make_recognized_drawing(owner, digit=7, ink=json.dumps(SEVEN), model=champion)
    Prediction.objects.update(raster=rasterize(SEVEN).tobytes())
    return drawing


@pytest.fixture
def owner_api(owner: User, sign_in: SignIn) -> ApiClient:
    return ApiClient(sign_in(owner))


def explanation_path(drawing: Drawing) -> str:
    return f"drawings/{drawing.pk}/explanation/"


def count_tasks(sender: TaskSender) -> int:
    return sender.count_waiting(protocol.EXPLAIN_QUEUE)


def test_computes_an_explanation_once_and_caches_it(
    owner_api: ApiClient, seven: Drawing, sender: TaskSender
) -> None:
    for _ in range(3):
        response = owner_api.get(explanation_path(seven))
        assert response.status_code == 202
        assert response.json() == {"state": "waiting", "done": 0, "of": 0}
        assert response["Cache-Control"] == "private, no-store"
    assert count_tasks(sender) == 1

    assert explain_if_requested(drawing_subject(seven), "prediction")
    response = owner_api.get(explanation_path(seven))
    assert response["Cache-Control"] == "private, no-store"
    body = response.json()
    assert body["state"] == "ready"
    assert (body["explanation"]["digit"], body["explanation"]["attribution"]["best"]) == (7, 7)
    assert not explain_if_requested(drawing_subject(seven), "prediction")  # delivered twice
    assert count_tasks(sender) == 1


def test_has_all_parts_of_the_page(
    owner_api: ApiClient, seven: Drawing, champion: ModelVersion
) -> None:
    found = _request_and_compute(owner_api, seven)
    assert found["model"] == champion.ref
    assert len(found["layers"]) > 20
    assert found["layers"][0]["shape"] == [16, 28, 28]
    assert len(found["head"]["weights"]) == 11
    assert len(found["positions"]["predictions"]) == 75
    assert len(found["augmentation"]["predictions"]) == 32
    assert found["attribution"]["counterfactual"]["reached"] is True
    assert len(json.dumps(found)) < 300_000


def test_explains_a_new_revision_but_no_deleted_drawing(
    owner_api: ApiClient, seven: Drawing, sender: TaskSender
) -> None:
    owner_api.get(explanation_path(seven))
    before = drawing_subject(seven)
    Drawing.objects.update(revision=2)
    Prediction.objects.update(revision=2)
    assert not explain_if_requested(before, "prediction")
    assert owner_api.get(explanation_path(seven)).status_code == 202
    assert count_tasks(sender) == 2
    owner_api.delete(f"drawings/{seven.pk}/")
    seven.refresh_from_db()
    assert not explain_if_requested(drawing_subject(seven), "prediction")
    assert problem_code(owner_api.get(explanation_path(seven))) == (404, "not_found")


def test_a_new_champion_gets_a_new_explanation(
    owner_api: ApiClient, seven: Drawing, champion: ModelVersion
) -> None:
    _request_and_compute(owner_api, seven)
    ModelVersion.objects.filter(pk=champion.pk).update(sha256="ef" * 32)
    assert owner_api.get(explanation_path(seven)).status_code == 202


def test_reports_a_model_that_cannot_be_loaded(
    owner_api: ApiClient, seven: Drawing, champion: ModelVersion
) -> None:
    ModelVersion.objects.filter(pk=champion.pk).update(sha256="ef" * 32)
    found = _request_and_compute(owner_api, seven)
    assert set(found) == {"problem"}


def test_reports_broken_weights(
    owner_api: ApiClient, seven: Drawing, champion: ModelVersion, tmp_path: Path
) -> None:
    broken = register_variant(tmp_path)
    before = load_latest_promotion()
    append_promotion(
        model=broken, by=None, reason="A test.", kind=PromotionKind.OVERRIDE, replaces=before
    )
    assert set(_request_and_compute(owner_api, seven)) == {"problem"}


def test_reports_an_unexpected_error(owner_api: ApiClient, seven: Drawing) -> None:
    owner_api.get(explanation_path(seven))
    Drawing.objects.update(ink='{"a": 1}')  # as no intake would store it
    with pytest.raises(ValueError, match="convert"):
        explain_if_requested(drawing_subject(seven), "prediction")
    assert set(owner_api.get(explanation_path(seven)).json()["explanation"]) == {"problem"}


def test_skips_an_expired_request(seven: Drawing) -> None:
    assert not explain_if_requested(drawing_subject(seven), "prediction")


def test_reports_missing_training_data(
    owner_api: ApiClient, seven: Drawing, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    from ml.data import datasets

    monkeypatch.setenv("DIGITSITE_DATA", str(tmp_path / "nowhere"))
    datasets.clear_dataset_cache()
    assert _request_and_compute(owner_api, seven, "neighbours")["missing"] is True


def test_keeps_only_the_newest_explanations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_CACHED_EXPLANATIONS", 2)
    keys = [cache.build_key(example_subject(digit), "prediction", "0") for digit in range(4)]
    for key in keys:
        cache.save_explanation(key, "{}")
    kept = [cache.load_entry(key).text for key in keys]
    assert kept == ["", "", "{}", "{}"]


def test_examples_are_public_and_drawings_private(
    anonymous: Client, outsider: User, sign_in: SignIn, seven: Drawing
) -> None:
    assert ApiClient(anonymous).get("examples/7/explanation/").status_code == 202
    assert explain_if_requested(example_subject(7), "prediction")
    assert ApiClient(anonymous).get("examples/7/explanation/").json()["explanation"]["digit"] == 7
    assert problem_code(ApiClient(anonymous).get(explanation_path(seven)))[0] == 401
    assert problem_code(ApiClient(sign_in(outsider)).get(explanation_path(seven))) == (
        404,
        "not_found",
    )


@pytest.mark.parametrize("id", ["10", "-1", "x", "٣"])
def test_there_are_ten_examples(anonymous: Client, id: str) -> None:
    assert problem_code(ApiClient(anonymous).get(f"examples/{id}/explanation/")) == (
        404,
        "not_found",
    )


def test_refuses_drawings_that_cannot_be_explained(
    owner_api: ApiClient, owner: User, seven: Drawing
) -> None:
    assert problem_code(owner_api.get(explanation_path(make_drawing(owner)))) == (
        404,
        "no_prediction",
    )
    assert problem_code(owner_api.get(explanation_path(seven), part="all")) == (400, "invalid")


def test_a_user_has_two_waiting_explanations(
    owner_api: ApiClient, owner: User, seven: Drawing, champion: ModelVersion
) -> None:
    other = make_recognized_drawing(owner, digit=7, ink=json.dumps(SEVEN), model=champion)
    for part in ("prediction", "neighbours"):
        assert owner_api.get(explanation_path(seven), part=part).status_code == 202
    refused = owner_api.get(explanation_path(other))
    assert problem_code(refused) == (429, "rate_limited")
    assert owner_api.get("examples/7/explanation/").status_code == 202
    assert explain_if_requested(drawing_subject(seven), "prediction")
    assert owner_api.get(explanation_path(other)).status_code == 202


def test_a_place_is_kept_for_the_examples(
    owner_api: ApiClient, seven: Drawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explanation_requests, "MAX_QUEUED_TASKS", 2)
    assert owner_api.get(explanation_path(seven)).status_code == 202
    refused = owner_api.get(explanation_path(seven), part="neighbours")
    assert problem_code(refused) == (503, "unavailable")
    assert owner_api.get("examples/7/explanation/").status_code == 202


def test_only_a_new_explanation_uses_tokens(
    owner_api: ApiClient, seven: Drawing, settings: Settings
) -> None:
    settings.DRAWINGS_PER_MINUTE = 1
    settings.DRAWINGS_BURST = 2 * settings.REQUEST_COSTS["explanation"] + 3
    assert owner_api.get("examples/1/explanation/").status_code == 202  # costs one, as any read
    assert owner_api.get(explanation_path(seven)).status_code == 202
    assert owner_api.get(explanation_path(seven)).status_code == 202
    assert problem_code(owner_api.get(explanation_path(seven), part="neighbours")) == (
        429,
        "rate_limited",
    )


def test_a_full_queue_refuses_without_using_tokens(
    owner_api: ApiClient,
    seven: Drawing,
    sender: TaskSender,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
) -> None:
    monkeypatch.setattr(explanation_requests, "MAX_QUEUED_TASKS", 3)
    settings.DRAWINGS_PER_MINUTE = 1
    settings.DRAWINGS_BURST = settings.REQUEST_COSTS["explanation"] + 2
    for digit in "12":
        assert ApiClient(Client()).get(f"examples/{digit}/explanation/").status_code == 202
    refused = owner_api.get(explanation_path(seven))
    assert (problem_code(refused), refused["Retry-After"]) == ((503, "unavailable"), "2")
    assert count_tasks(sender) == 2
    monkeypatch.undo()
    assert owner_api.get(explanation_path(seven)).status_code == 202
    assert count_tasks(sender) == 3


def test_is_unavailable_without_a_broker(
    owner_api: ApiClient, seven: Drawing, valkey: BrokerProcess
) -> None:
    valkey.kill()
    assert problem_code(owner_api.get(explanation_path(seven))) == (503, "unavailable")


def test_explains_a_picture_by_its_raster(owner_api: ApiClient, seven: Drawing) -> None:
    Drawing.objects.update(ink="")
    found = _request_and_compute(owner_api, seven)
    assert found["digit"] == 7
    assert len(found["positions"]["predictions"]) == 75


def _request_and_compute(
    api: ApiClient, drawing: Drawing, part: str = "prediction"
) -> dict[str, Any]:
    """Request an explanation, compute it, and return it."""
    assert api.get(explanation_path(drawing), part=part).status_code == 202
    assert explain_if_requested(drawing_subject(drawing), part)
    wait_until(
        lambda: api.get(explanation_path(drawing), part=part).status_code == 200,
        within_s=30,
        what="it is made",
    )
    found: dict[str, Any] = api.get(explanation_path(drawing), part=part).json()["explanation"]
    return found
