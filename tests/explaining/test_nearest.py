"""The nearest training drawings: of public sets, one's own while one agrees, nobody else's."""

import json
import threading
from typing import Any

import numpy as np
import pytest
from django.conf import settings

from ml.explanation import neighbours
from ml.explanation.neighbours import Taught
from ml.raster import rasterize, rasterize_many
from recognizer.explaining import EXAMPLES, drawing_subject, example_subject, keeping
from recognizer.models import Drawing, ModelVersion, Prediction, TrainingRun, User
from recognizer.registry import promote_first_model
from recognizer.snapshots import build_snapshot
from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import wait_until
from tests.snapshots.agreed import agreed, teacher
from workers import indexing
from workers.explaining import explain_subject

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]

SEVEN = EXAMPLES[7]


@pytest.fixture(autouse=True)
def public_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own ten examples stand for the data sets, which are not part of the project."""
    rasters = rasterize_many(EXAMPLES)
    taught = Taught(rasters, np.arange(10, dtype=np.uint8), np.zeros(10, np.uint8), ("mnist",))
    monkeypatch.setattr(indexing, "load_taught", lambda base: taught)


@pytest.fixture
def pupil() -> User:
    return teacher("pupil", split="training")


@pytest.fixture
def lesson(pupil: User) -> Drawing:
    """A 7 that taught."""
    drawing = agreed(pupil, 7, ink=json.dumps(SEVEN))
    Prediction.objects.update(raster=rasterize(SEVEN).tobytes())
    return drawing


@pytest.fixture
def champion(lesson: Drawing) -> ModelVersion:
    """It learnt from what is agreed, and serves."""
    model = promote_first_model(settings.FIRST_MODEL)
    TrainingRun.objects.create(
        architecture="inknet", snapshot=build_snapshot(by=None), epochs=1, trigger="page",
        status="succeeded", model=model,
    )  # fmt: skip
    return model


def test_ones_own_drawings_are_among_them_while_one_agrees(
    lesson: Drawing, champion: ModelVersion, pupil: User
) -> None:
    found = nearest_of(drawing_subject(lesson), champion)
    assert [one["set"] for one in found["drawings"]].count("own") == 1
    assert {one["set"] for one in found["drawings"][:2]} == {"mnist", "own"}
    assert [one["label"] for one in found["drawings"][:2]] == [7, 7]
    assert found["looked_at"] == 10

    pupil.may_teach = False
    pupil.save()
    assert sets_of(drawing_subject(lesson), champion) == {"mnist"}


def test_nobody_elses_are(champion: ModelVersion, outsider: User) -> None:
    theirs = agreed(outsider, 7, ink=json.dumps(SEVEN))
    assert sets_of(drawing_subject(theirs), champion) == {"mnist"}
    assert sets_of(example_subject(7), champion) == {"mnist"}


def test_an_example_is_nearest_to_itself(champion: ModelVersion) -> None:
    found = nearest_of(example_subject(3), champion)
    assert (found["drawings"][0]["label"], found["drawings"][0]["set"]) == (3, "mnist")
    assert found["drawings"][0]["likeness"] > 0.998


def test_a_network_that_saw_no_public_set_has_none_to_show(
    champion: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "load_taught", neighbours.load_taught)
    champion.card = {**champion.card, "data": {"rehearsal": "synthetic"}}
    champion.save()
    found = nearest_of(example_subject(7), champion)
    assert found == {"model": champion.ref, "missing": True}


def sets_of(subject: str, champion: ModelVersion) -> set[str]:
    return {one["set"] for one in nearest_of(subject, champion)["drawings"]}


def nearest_of(subject: str, champion: ModelVersion) -> dict[str, Any]:
    """Made anew, whatever was kept."""
    key = keeping.key_of(subject, "neighbours", champion.sha256)
    keeping.keep_explanation(key, "", lasts_s=60)
    keeping.mark_asked(key)
    assert explain_subject(subject, "neighbours")
    wait_until(lambda: keeping.look_up(key).text != "", within_s=30, what="the index is made")
    found: dict[str, Any] = json.loads(keeping.look_up(key).text)
    return found


def test_an_index_is_made_once_for_all_who_wait_and_beside_the_tasks(
    champion: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, may_go_on = [], threading.Event()
    build = neighbours.build_index

    def build_slowly(*args: Any, **kwargs: Any) -> Any:
        made.append(threading.current_thread().name)
        assert may_go_on.wait(deadline(30))
        return build(*args, **kwargs)

    monkeypatch.setattr(indexing, "build_index", build_slowly)
    keys = [keeping.key_of(example_subject(n), "neighbours", champion.sha256) for n in (3, 4)]
    for number, key in zip((3, 4), keys, strict=True):
        keeping.mark_asked(key)
        assert explain_subject(example_subject(number), "neighbours")  # comes back at once
    assert [keeping.look_up(key).text for key in keys] == ["", ""]
    may_go_on.set()
    wait_until(
        lambda: all(keeping.look_up(key).text for key in keys), within_s=30, what="both are made"
    )
    assert made == ["index"]
