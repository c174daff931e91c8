"""The readiness panel of the training page, and notices about synthetic digits."""

import re
from typing import Any

import pytest
from django.test import Client

from ml.evaluation import promotion_gate
from recognizer.models import ModelVersion, Rehearsal, RunStatus, Snapshot, TrainingRun, User
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.next_snapshot_counts import count_next_snapshot
from recognizer.training import readiness
from tests.api.factories import make_model_version
from tests.fixtures.users import SignIn
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user
from tests.training.factories import make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(admin: User, sign_in: SignIn) -> Client:
    return sign_in(admin)


def _counts(training: list[int], holdout: list[int]) -> dict[str, list[int]]:
    return {"training": [*training, 0], "holdout": [*holdout, 0]}


def test_has_the_numbers_of_the_gate() -> None:
    assert readiness.MIN_EVALUATION_DRAWINGS == promotion_gate.MIN_DRAWINGS
    assert readiness.MIN_EVALUATION_DRAWINGS_PER_DIGIT == promotion_gate.MIN_DRAWINGS_PER_DIGIT


@pytest.mark.parametrize(
    ("training", "holdout", "code"),
    [
        ([20] * 10, [30] * 10, "enough"),
        ([20] * 10, [29] * 10, "insufficient_holdout"),
        ([20] * 10, [60] * 9 + [0], "insufficient_holdout"),
        ([20] * 10, [0] * 10, "insufficient_holdout"),
        ([20] + [0] * 9, [30] * 10, "cannot_train"),
        ([0] * 10, [30] * 10, "cannot_train"),
    ],
)
def test_says_what_the_gate_can_decide(
    browser: Client, snapshot: Snapshot, training: list[int], holdout: list[int], code: str
) -> None:
    counts = {**snapshot.counts, **_counts(training, holdout)}
    Snapshot.objects.filter(pk=snapshot.pk).update(counts=counts)
    page = browser.get("/training/", {"snapshot": str(snapshot.pk)}).content.decode()
    assert f'data-gate="{code}"' in page
    meters = dict(re.findall(r'data-meter="(\w+)" data-value="(\d+)"', page))
    assert meters == {
        "training": str(sum(training)),
        "holdout": str(sum(holdout)),
        "digits": str(sum(count > 0 for count in training)),
    }


def test_an_imported_holdout_decides_nothing(browser: Client, snapshot: Snapshot) -> None:
    counts = {**snapshot.counts, **_counts([20] * 10, [30] * 10)}
    imported = Snapshot.objects.create(sha256="f" * 64, counts=counts, is_imported=True)
    page = browser.get("/training/", {"snapshot": str(imported.pk)}).content.decode()
    num_own = sum(snapshot.counts["holdout"])
    assert 'data-meter="training" data-value="200"' in page
    assert f'data-meter="holdout" data-value="{num_own}"' in page
    assert 'data-gate="insufficient_holdout"' in page


def test_an_open_run_shows_what_its_evaluation_lacks(browser: Client, snapshot: Snapshot) -> None:
    run = make_run(snapshot)
    path = f"/training/runs/{run.pk}/"
    assert 'data-gate="insufficient_holdout"' in browser.get(path).content.decode()
    TrainingRun.objects.filter(pk=run.pk).update(status=RunStatus.CANCELLED)
    assert "data-gate=" not in browser.get(path).content.decode()


def test_all_pages_show_the_same_size_of_a_training_set(
    browser: Client, snapshot: Snapshot
) -> None:
    counts = {**snapshot.counts, **_counts([120] * 10, [31] * 10)}
    Snapshot.objects.filter(pk=snapshot.pk).update(counts=counts)
    run = make_run(snapshot)
    paths = ("/training/", f"/training/runs/{run.pk}/", "/training/snapshots/")
    for path in paths:
        assert "1,200 training, 310 holdout" in browser.get(path).content.decode(), path


def test_counts_the_drawings_of_the_next_training_set() -> None:
    for number in range(12):
        make_labelled_drawing(make_teaching_user(f"user{number}"), number % 10)
    expected = count_next_snapshot()
    assert sum(expected["training"]) + sum(expected["holdout"]) == 12
    assert expected["holdout"] != [0] * 11
    built = build_snapshot(by=None).counts
    assert {split: built[split] for split in expected} == expected
    assert count_next_snapshot() == expected


@pytest.mark.parametrize(
    ("requested", "used", "is_noted"),
    [
        (Rehearsal.ALL, "synthetic", True),
        (Rehearsal.MNIST, "synthetic", True),
        (Rehearsal.ALL, "all", False),
        (Rehearsal.SYNTHETIC, "synthetic", False),
    ],
)
def test_notes_synthetic_digits_in_place_of_other_data(
    browser: Client, snapshot: Snapshot, requested: Rehearsal, used: str, is_noted: bool
) -> None:
    model = make_model_version("inknet", "a" * 64)
    card: dict[str, Any] = {**model.card, "data": {"rehearsal": used}}
    ModelVersion.objects.filter(pk=model.pk).update(card=card)
    run = make_run(snapshot, rehearsal=requested, status=RunStatus.SUCCEEDED, model=model)
    for path in ("/training/", f"/training/runs/{run.pk}/"):
        page = browser.get(path).content.decode()
        assert ("data-synthetic-digits" in page) == is_noted
