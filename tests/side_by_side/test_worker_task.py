"""The side-by-side task of the worker."""

import shutil
from dataclasses import replace
from uuid import uuid4

import numpy as np
import numpy.typing as npt
import pytest
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from ml.inference.onnx_backend import OnnxBackend
from ml.preprocessing.array_types import Raster
from recognizer.models import Drawing, ModelVersion, Prediction, User
from recognizer.protocol import SideBySideRequest
from tests.side_by_side.conftest import cached_files
from workers.comparison import side_by_side_task
from workers.comparison.side_by_side_task import predict_side_by_side
from workers.recognition.model_cache import ModelCache

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture(autouse=True)
def empty_model_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side_task, "_model_cache", ModelCache())
    monkeypatch.setattr(side_by_side_task, "_retry_not_before", {})


def test_predicts_with_all_shown_models_in_order(
    side_by_side_request: SideBySideRequest,
    side_by_side_models: list[ModelVersion],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    predict_side_by_side([side_by_side_request])  # loads them
    before = Prediction.objects.count()
    with django_assert_num_queries(3):  # the drawings, the champion, the shown ones
        message, again = predict_side_by_side([side_by_side_request, side_by_side_request])
    assert message == {**again, "predictions": message["predictions"]}
    assert (message["type"], message["id"], message["revision"]) == (
        "side_by_side",
        side_by_side_request.id,
        1,
    )
    assert [one["model"] for one in message["predictions"]] == [
        one.ref for one in side_by_side_models
    ]
    assert [one["digit"] for one in message["predictions"]] == [7, 7, 7]
    assert [one["rejects"] for one in message["predictions"]] == [True, False, False]
    assert all(sum(one["probabilities"]) == pytest.approx(1) for one in message["predictions"])
    assert Prediction.objects.count() == before


def test_one_forward_pass_per_model_and_batch(
    side_by_side_request: SideBySideRequest,
    side_by_side_models: list[ModelVersion],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    predict_side_by_side([side_by_side_request])
    sizes = []
    compute = OnnxBackend.compute_logits

    def count(backend: OnnxBackend, rasters: Raster) -> npt.NDArray[np.float32]:
        sizes.append(len(rasters))
        return compute(backend, rasters)

    monkeypatch.setattr(OnnxBackend, "compute_logits", count)
    predict_side_by_side([side_by_side_request] * 5)
    assert sizes == [5, 5, 5]


def test_missing_deleted_and_foreign_drawings_are_not_found(
    side_by_side_request: SideBySideRequest,
    drawing: Drawing,
    side_by_side_models: list[ModelVersion],
    outsider: User,
) -> None:
    not_found = [
        replace(side_by_side_request, user_id=outsider.pk),
        replace(side_by_side_request, id=str(uuid4())),
    ]
    messages = predict_side_by_side([*not_found, side_by_side_request])
    Drawing.objects.filter(pk=drawing.pk).update(deleted_at=timezone.now())
    messages += predict_side_by_side([side_by_side_request])
    codes = [message.get("code", "") for message in messages]
    assert codes == ["not_found", "not_found", "", "not_found"]
    assert [message["predictions"] is None for message in messages] == [True, True, False, True]


def test_skips_stale_and_unpredicted_drawings(
    side_by_side_request: SideBySideRequest,
    drawing: Drawing,
    side_by_side_models: list[ModelVersion],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(OnnxBackend, "compute_logits", None)  # no model predicts
    Drawing.objects.filter(pk=drawing.pk).update(revision=2)
    newer = replace(side_by_side_request, revision=2)  # only revision 1 has a prediction
    assert [one["code"] for one in predict_side_by_side([side_by_side_request, newer])] == [
        "stale"
    ] * 2


@pytest.mark.parametrize("harm", ["its files are gone", "its files are damaged", "it errs"])
def test_a_failing_model_does_not_affect_the_others(
    harm: str,
    side_by_side_request: SideBySideRequest,
    side_by_side_models: list[ModelVersion],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ill, *well = side_by_side_models
    predict_side_by_side([side_by_side_request])
    if harm == "it errs":
        predictor = side_by_side_task._model_cache.load(ill).predictor
        monkeypatch.setattr(predictor.backend, "compute_logits", lambda rasters: 1 / 0)
    else:
        monkeypatch.setattr(side_by_side_task, "_model_cache", ModelCache())
        ModelVersion.objects.filter(pk=ill.pk).update(card={})
        shutil.rmtree(cached_files(ill))
    if harm == "its files are damaged":
        cached_files(ill).mkdir()
    [message] = predict_side_by_side([side_by_side_request])
    codes = {one["model"]: one.get("code", "") for one in message["predictions"]}
    expected = "cannot_predict" if harm == "it errs" else "cannot_load"
    assert codes == {ill.ref: expected, **{one.ref: "" for one in well}}
    shutil.rmtree(cached_files(ill), ignore_errors=True)


def test_the_champion_does_not_predict_again(
    side_by_side_request: SideBySideRequest, champion: ModelVersion
) -> None:
    ModelVersion.objects.filter(pk=champion.pk).update(is_shown=True)
    [message] = predict_side_by_side([side_by_side_request])
    assert message["predictions"] == []
