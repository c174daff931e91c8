"""The task of the background: what each shown model says, of whose drawing, and of which one."""

import shutil
from dataclasses import replace
from uuid import uuid4

import numpy as np
import numpy.typing as npt
import pytest
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from ml.onnx_backend import OnnxBackend
from ml.raster import Raster
from recognizer.contract import Ask
from recognizer.models import Drawing, ModelVersion, Prediction, User
from tests.beside.conftest import copies_of
from workers import beside
from workers.beside import answer_side_by_side
from workers.engine import Engine

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture(autouse=True)
def a_worker_that_has_just_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "_engine", Engine())
    monkeypatch.setattr(beside, "_not_before", {})


def test_every_shown_model_reads_it_in_the_order_of_the_panel_and_nothing_is_stored(
    question: Ask, shown: list[ModelVersion], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    answer_side_by_side([question])  # loads them
    before = Prediction.objects.count()
    with django_assert_num_queries(3):  # the drawings, the champion, the shown ones
        message, again = answer_side_by_side([question, question])
    assert message == {**again, "predictions": message["predictions"]}
    assert (message["type"], message["id"], message["revision"]) == ("side_by_side", question.id, 1)
    assert [one["model"] for one in message["predictions"]] == [one.ref for one in shown]
    assert [one["digit"] for one in message["predictions"]] == [7, 7, 7]
    assert [one["rejects"] for one in message["predictions"]] == [True, False, False]
    assert all(sum(one["probabilities"]) == pytest.approx(1) for one in message["predictions"])
    assert Prediction.objects.count() == before


def test_a_group_is_read_by_one_forward_for_each_model(
    question: Ask, shown: list[ModelVersion], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_side_by_side([question])
    sizes = []
    compute = OnnxBackend.compute_logits

    def count(backend: OnnxBackend, rasters: Raster) -> npt.NDArray[np.float32]:
        sizes.append(len(rasters))
        return compute(backend, rasters)

    monkeypatch.setattr(OnnxBackend, "compute_logits", count)
    answer_side_by_side([question] * 5)
    assert sizes == [5, 5, 5]


def test_what_is_anothers_what_is_gone_and_what_never_was_look_the_same(
    question: Ask, drawing: Drawing, shown: list[ModelVersion], outsider: User
) -> None:
    strange = [replace(question, user_id=outsider.pk), replace(question, id=str(uuid4()))]
    messages = answer_side_by_side([*strange, question])
    Drawing.objects.filter(pk=drawing.pk).update(deleted_at=timezone.now())
    messages += answer_side_by_side([question])
    codes = [message.get("code", "") for message in messages]
    assert codes == ["not_found", "not_found", "", "not_found"]
    assert [message["predictions"] is None for message in messages] == [True, True, False, True]


def test_what_was_superseded_or_has_no_answer_yet_is_dropped(
    question: Ask, drawing: Drawing, shown: list[ModelVersion], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OnnxBackend, "compute_logits", None)  # nobody reads anything
    Drawing.objects.filter(pk=drawing.pk).update(revision=2)
    newer = replace(question, revision=2)  # and what was answered is the first one
    assert [one["code"] for one in answer_side_by_side([question, newer])] == ["stale"] * 2


@pytest.mark.parametrize("harm", ["its files are gone", "its files are damaged", "it errs"])
def test_a_model_in_trouble_says_so_and_takes_no_other_along(
    harm: str, question: Ask, shown: list[ModelVersion], monkeypatch: pytest.MonkeyPatch
) -> None:
    ill, *well = shown
    answer_side_by_side([question])
    if harm == "it errs":
        predictor = beside._engine.load(ill).predictor
        monkeypatch.setattr(predictor.backend, "compute_logits", lambda rasters: 1 / 0)
    else:
        monkeypatch.setattr(beside, "_engine", Engine())
        ModelVersion.objects.filter(pk=ill.pk).update(card={})
        shutil.rmtree(copies_of(ill))
    if harm == "its files are damaged":
        copies_of(ill).mkdir()
    [message] = answer_side_by_side([question])
    codes = {one["model"]: one.get("code", "") for one in message["predictions"]}
    expected = "cannot_predict" if harm == "it errs" else "cannot_load"
    assert codes == {ill.ref: expected, **{one.ref: "" for one in well}}
    shutil.rmtree(copies_of(ill), ignore_errors=True)


def test_the_champion_is_not_asked_again_and_without_shown_models_nothing_is_said(
    question: Ask, champion: ModelVersion
) -> None:
    ModelVersion.objects.filter(pk=champion.pk).update(is_shown=True)
    [message] = answer_side_by_side([question])
    assert message["predictions"] == []
