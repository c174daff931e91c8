"""Nearest training drawings: of public data and of the user."""

import json
import threading
from typing import Any

import numpy as np
import pytest
from django.conf import settings

from ml.explain import nearest_neighbours
from ml.explain.nearest_neighbours import TrainingExamples
from ml.preprocessing.rasterize import rasterize, rasterize_many
from recognizer.explanations import cache
from recognizer.explanations.explanation_inputs import (
    EXAMPLE_INKS,
    ExplanationSubject,
    drawing_subject,
    example_subject,
)
from recognizer.models import Drawing, ModelVersion, Prediction, TrainingRun, User
from recognizer.registry.promotion import promote_default_model
from recognizer.snapshots.build import build_snapshot
from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import wait_until
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user
from workers.explain import neighbour_index_build
from workers.explain.explain_task import explain_if_requested

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]

SEVEN = EXAMPLE_INKS[7]


@pytest.fixture(autouse=True)
def public_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ten examples replace the data sets, which are not in the repository."""
    rasters = rasterize_many(EXAMPLE_INKS)
    taught = TrainingExamples(
        rasters, np.arange(10, dtype=np.uint8), np.zeros(10, np.uint8), ("mnist",)
    )
    monkeypatch.setattr(neighbour_index_build, "load_training_examples", lambda base: taught)


@pytest.fixture
def teaching_user() -> User:
    return make_teaching_user("pupil", split="training")


@pytest.fixture
def training_drawing(teaching_user: User) -> Drawing:
    """A seven in the training data."""
    drawing = make_labelled_drawing(teaching_user, 7, ink=json.dumps(SEVEN))
    Prediction.objects.update(raster=rasterize(SEVEN).tobytes())
    return drawing


@pytest.fixture
def champion(training_drawing: Drawing) -> ModelVersion:
    """A champion trained on the current snapshot."""
    model = promote_default_model(settings.DEFAULT_MODEL_DIR)
    TrainingRun.objects.create(
        architecture="inknet", snapshot=build_snapshot(by=None), epochs=1, trigger="page",
        status="succeeded", model=model,
    )  # fmt: skip
    return model


def test_includes_own_drawings_with_consent(
    training_drawing: Drawing, champion: ModelVersion, teaching_user: User
) -> None:
    found = compute_neighbours(drawing_subject(training_drawing), champion)
    assert [one["set"] for one in found["drawings"]].count("own") == 1
    assert {one["set"] for one in found["drawings"][:2]} == {"mnist", "own"}
    assert [one["label"] for one in found["drawings"][:2]] == [7, 7]
    assert found["num_indexed"] == 10

    teaching_user.may_teach = False
    teaching_user.save()
    assert neighbour_sets(drawing_subject(training_drawing), champion) == {"mnist"}


def test_never_includes_drawings_of_other_users(champion: ModelVersion, outsider: User) -> None:
    foreign_drawing = make_labelled_drawing(outsider, 7, ink=json.dumps(SEVEN))
    assert neighbour_sets(drawing_subject(foreign_drawing), champion) == {"mnist"}
    assert neighbour_sets(example_subject(7), champion) == {"mnist"}


def test_an_example_is_nearest_to_itself(champion: ModelVersion) -> None:
    found = compute_neighbours(example_subject(3), champion)
    assert (found["drawings"][0]["label"], found["drawings"][0]["set"]) == (3, "mnist")
    assert found["drawings"][0]["similarity"] > 0.998


def test_a_model_without_public_data_has_no_neighbours(
    champion: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        neighbour_index_build, "load_training_examples", nearest_neighbours.load_training_examples
    )
    champion.card = {**champion.card, "data": {"rehearsal": "synthetic"}}
    champion.save()
    found = compute_neighbours(example_subject(7), champion)
    assert found == {"model": champion.ref, "missing": True}


def neighbour_sets(subject: ExplanationSubject, champion: ModelVersion) -> set[str]:
    return {one["set"] for one in compute_neighbours(subject, champion)["drawings"]}


def compute_neighbours(subject: ExplanationSubject, champion: ModelVersion) -> dict[str, Any]:
    """Compute the neighbours without the cache."""
    key = cache.build_key(subject, "neighbours", champion.sha256)
    cache.save_explanation(key, "", ttl_s=60)
    cache.mark_requested(key)
    assert explain_if_requested(subject, "neighbours")
    wait_until(lambda: cache.load_entry(key).text != "", within_s=30, what="the index is made")
    found: dict[str, Any] = json.loads(cache.load_entry(key).text)
    return found


def test_builds_an_index_once_in_the_background(
    champion: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, may_go_on = [], threading.Event()
    build = nearest_neighbours.build_neighbour_index

    def build_slowly(*args: Any, **kwargs: Any) -> Any:
        made.append(threading.current_thread().name)
        assert may_go_on.wait(deadline(30))
        return build(*args, **kwargs)

    monkeypatch.setattr(neighbour_index_build, "build_neighbour_index", build_slowly)
    keys = [cache.build_key(example_subject(n), "neighbours", champion.sha256) for n in (3, 4)]
    for number, key in zip((3, 4), keys, strict=True):
        cache.mark_requested(key)
        assert explain_if_requested(example_subject(number), "neighbours")  # without waiting
    assert [cache.load_entry(key).text for key in keys] == ["", ""]
    may_go_on.set()
    wait_until(
        lambda: all(cache.load_entry(key).text for key in keys), within_s=30, what="both are made"
    )
    assert made == ["index"]
