"""Evaluations from end to end: models, evaluation sets, users' drawings and the stored report."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from django.utils import timezone

from ml.data.datasets import DatasetMissing
from ml.evaluation import evaluation_sets
from ml.evaluation.evaluation_sets import EvaluationSet
from ml.evaluation.model_comparison import compare_models
from ml.inference.predictor import Predictor, load_predictor
from recognizer.models import (
    Basis,
    Drawing,
    GroundTruth,
    ModelVersion,
    Snapshot,
    SnapshotDrawing,
    SnapshotItem,
    User,
)
from recognizer.registry.artifact_store import register_model
from recognizer.registry.model_card_updates import DESCRIPTIVE_PARTS
from recognizer.registry.parsers.evaluation_report_parser import redact_report
from tests.api.factories import make_recognized_drawing
from tests.fixtures.releases import SHIPPED
from tests.pipeline.factories import load_strokes
from workers.comparison.evaluate_task import evaluate, evaluate_challenger
from workers.comparison.user_evaluation_sets import load_user_evaluation_sets

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

COUNTS = {"training": [0] * 11, "holdout": [1] + [0] * 10}


@pytest.fixture(scope="module")
def bundled_model() -> Predictor:
    return load_predictor(SHIPPED, "cpu")


def raise_missing(part: str) -> NoReturn:
    raise DatasetMissing(part)


@pytest.fixture
def no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without data sets that cannot download any."""
    monkeypatch.setattr(evaluation_sets, "load_mnist", raise_missing)


def _make_holdout_item(
    owner: User, label: int, *, snapshot: Snapshot | None = None, split: str = "holdout"
) -> SnapshotItem:
    if snapshot is None:
        snapshot, _ = Snapshot.objects.get_or_create(sha256="5" * 64, counts=COUNTS)
    drawing = make_recognized_drawing(owner, ink=json.dumps(load_strokes(label)))
    snapshot_drawing = SnapshotDrawing.objects.create(
        drawing_id=drawing.pk, revision=1, owner=owner, ink=drawing.ink, ink_sha256="0" * 64
    )
    return SnapshotItem.objects.create(
        series=snapshot.series,
        first_number=snapshot.number,
        sort_key=drawing.pk,
        drawing=snapshot_drawing,
        label=label,
        split=split,
        user_pseudonym="p",
    )


def _make_reviewed_drawing(owner: User, label: int, **fields: Any) -> Drawing:
    drawing = make_recognized_drawing(owner, ink=json.dumps(load_strokes(label)))
    given = {"revision": 1, "basis": Basis.REVIEW, "decided_at": timezone.now(), **fields}
    GroundTruth.objects.create(drawing=drawing, **{"value": label, **given})
    return drawing


@pytest.fixture
def teaching_owner(owner: User) -> User:
    owner.may_teach, owner.split = True, "holdout"
    owner.save()
    return owner


def test_a_model_compared_with_itself_has_no_difference(bundled_model: Predictor) -> None:
    rasters = np.zeros((40, 28, 28), np.uint8)
    rasters[:, 4:24, 13:15] = 255
    labels = np.arange(40, dtype=np.int64) % 10
    found = compare_models(
        bundled_model, bundled_model, [EvaluationSet("mnist", "MNIST", rasters, labels)]
    )
    [one] = found.report["sets"]
    assert (one["difference"], one["changed"]) == (0, {"won": [], "lost": []})
    assert one["champion"]
    assert one["challenger"]
    assert one["champion"]["correct"] == one["challenger"]["correct"] == 4
    assert found.gate_decision.gate_result == "insufficient_evidence"
    assert np.array(one["champion"]["confusion"]).sum() == 40
    assert found.report["latency"]["champion"]["single_ms"] > 0


def test_stores_the_report_with_its_gate_result(
    champion: ModelVersion, challenger: ModelVersion, no_data: None
) -> None:
    evaluation = evaluate_challenger(challenger=challenger, champion=champion)
    evaluation.refresh_from_db()
    assert (evaluation.gate_result, evaluation.challenger) == ("refused", challenger)
    names = [(one["name"], one["is_synthetic"]) for one in evaluation.report["sets"]]
    assert names == [("synthetic", True), ("people", False), ("reviewed", False)]
    assert [bool(one["shortage"]) for one in evaluation.report["sets"]][1:] == [True, True]


def test_the_report_contains_no_ink_of_users(
    teaching_owner: User, champion: ModelVersion, challenger: ModelVersion, no_data: None
) -> None:
    wrong = _make_holdout_item(teaching_owner, 1)
    SnapshotItem.objects.filter(pk=wrong.pk).update(label=7)
    report = evaluate_challenger(challenger=challenger, champion=champion).report
    users_set = report["sets"][1]
    assert users_set["n"] == 1
    assert wrong.drawing.ink not in json.dumps(report)


def test_the_holdout_set_needs_consent_and_unerased_drawings(
    teaching_owner: User, outsider: User
) -> None:
    kept = _make_holdout_item(teaching_owner, 1)
    _make_holdout_item(outsider, 2)  # without consent
    gone = _make_holdout_item(teaching_owner, 3)
    SnapshotDrawing.objects.filter(pk=gone.drawing_id).update(erased_at=timezone.now())
    _make_holdout_item(teaching_owner, 4, split="training")
    users_set, _ = load_user_evaluation_sets(None)
    assert list(users_set.keys) == [f"{kept.drawing.drawing_id}/1"]
    assert users_set.labels.tolist() == [1]
    assert users_set.rasters.shape == (1, 28, 28)


def test_an_imported_holdout_is_not_an_evaluation_set(
    teaching_owner: User,
) -> None:
    ours = _make_holdout_item(teaching_owner, 7)
    imported = Snapshot.objects.create(sha256="6" * 64, counts=COUNTS, is_imported=True)
    _make_holdout_item(teaching_owner, 4, snapshot=imported)
    holdout, _ = load_user_evaluation_sets(None)
    assert holdout.keys == [f"{ours.drawing.drawing_id}/1"]


def test_the_reviewed_set_excludes_training_users(
    teaching_owner: User, outsider: User, reviewer: User
) -> None:
    counted = _make_reviewed_drawing(teaching_owner, 5)
    _make_reviewed_drawing(teaching_owner, 6, is_set_aside=True)
    _make_reviewed_drawing(teaching_owner, 6, value=None)
    _make_reviewed_drawing(teaching_owner, 6, revision=2)
    _make_reviewed_drawing(teaching_owner, 6, basis=Basis.AGREEMENT)
    _make_reviewed_drawing(outsider, 7)  # without consent
    reviewer.may_teach, reviewer.split = True, "training"
    reviewer.save()
    _make_reviewed_drawing(reviewer, 8)
    deleted = _make_reviewed_drawing(teaching_owner, 9)
    Drawing.objects.filter(pk=deleted.pk).update(deleted_at=timezone.now())
    _, reviewed = load_user_evaluation_sets(None)
    assert list(reviewed.keys) == [f"{counted.pk}/1"]


def test_the_reviewed_set_excludes_holdout_and_old_reviews(
    teaching_owner: User,
) -> None:
    item = _make_holdout_item(teaching_owner, 1)
    drawing = Drawing.objects.get(pk=item.drawing.drawing_id)
    GroundTruth.objects.create(
        drawing=drawing, revision=1, value=1, basis=Basis.REVIEW, decided_at=timezone.now()
    )
    snapshot = Snapshot.objects.get()
    _make_reviewed_drawing(teaching_owner, 2, decided_at=snapshot.created_at - timedelta(minutes=1))
    users_set, reviewed = load_user_evaluation_sets(snapshot)
    assert (len(users_set.keys), len(reviewed.keys)) == (1, 0)


def test_an_imported_holdout_is_reported_and_does_not_decide(
    teaching_owner: User, champion: ModelVersion, challenger: ModelVersion, no_data: None
) -> None:
    own = _make_holdout_item(teaching_owner, 1)
    imported = Snapshot.objects.create(sha256="6" * 64, counts=COUNTS, is_imported=True)
    for label in (2, 3):
        _make_holdout_item(teaching_owner, label, snapshot=imported)
    users_set, _ = load_user_evaluation_sets(imported)
    assert list(users_set.keys) == [f"{own.drawing.drawing_id}/1"]
    evaluation = evaluate_challenger(challenger=challenger, champion=champion, snapshot=imported)
    assert {one["name"]: one["n"] for one in evaluation.report["published"]}["imported"] == 2
    assert {one["name"]: one["n"] for one in evaluation.report["sets"]}["people"] == 1


def test_base_sets_depend_on_the_rehearsal_data(handwriting: Path) -> None:
    everything = {one.name: len(one.labels) for one in evaluation_sets.load_holdout_sets("all")}
    assert list(everything) == ["mnist", "pen"]
    assert everything["mnist"] >= 2_000
    assert [one.name for one in evaluation_sets.load_holdout_sets("mnist")] == ["mnist"]
    [synthetic] = evaluation_sets.load_holdout_sets("synthetic")
    assert synthetic.is_synthetic


def test_only_reviewers_see_ids_of_misclassified_drawings(
    champion: ModelVersion, owner: User, reviewer: User, no_data: None
) -> None:
    item = _make_holdout_item(owner, 4)
    SnapshotItem.objects.filter(pk=item.pk).update(label=9)
    owner.may_teach = True
    owner.save()
    found = evaluate_challenger(challenger=champion, champion=champion)
    assert redact_report(found, reviewer) == found.report
    sets = {one["name"]: one for one in found.report["sets"]}
    assert sets["synthetic"]["champion"]["misclassifications"] == []
    mistakes = sets["people"]["challenger"]["misclassifications"]
    assert [(one["key"], one["label"]) for one in mistakes] == [(f"{item.drawing.drawing_id}/1", 9)]
    assert str(item.drawing.drawing_id) not in json.dumps(redact_report(found, owner))


def test_an_evaluation_completes_an_outdated_model_card(
    champion: ModelVersion, no_data: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("load_mnist", "load_pen"):
        monkeypatch.setattr(evaluation_sets, name, raise_missing)
    monkeypatch.setattr(evaluation_sets, "NUM_REPORT_DIGITS", 20)
    version = register_model(SHIPPED.parent / "fnn")
    layers = version.card["layers"]
    card = {name: part for name, part in version.card.items() if name not in DESCRIPTIVE_PARTS}
    ModelVersion.objects.filter(pk=version.pk).update(card=card)
    evaluate(str(version.pk))
    version.refresh_from_db()
    assert version.card.keys() == card.keys() | set(DESCRIPTIVE_PARTS)
    assert {name: version.card[name] for name in card} == card
    assert version.card["layers"] == layers
    assert version.card["robustness"]["rotation"]["set"] == "synthetic"
