"""A comparison from end to end: networks, frozen sets, people's drawings, the stored report."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from django.utils import timezone

from ml.data.datasets import DatasetMissing
from ml.evaluation import evaluation_sets, report_sets
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
from recognizer.registry.card_updates import DESCRIPTIVE_PARTS
from recognizer.registry.serializers import redact_report
from tests.api.factories import make_recognized_drawing
from tests.fixtures.releases import SHIPPED
from tests.pipeline.factories import load_strokes
from workers.comparison.evaluate_task import evaluate, evaluate_challenger
from workers.comparison.user_evaluation_sets import load_user_evaluation_sets

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(scope="module")
def bundled_model() -> Predictor:
    return load_predictor(SHIPPED, "cpu")


def raise_missing(part: str) -> NoReturn:
    raise DatasetMissing(part)


@pytest.fixture
def no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has no data set and can download none."""
    monkeypatch.setattr(evaluation_sets, "load_mnist", raise_missing)


def _hold_out(owner: User, label: int, **fields: Any) -> SnapshotItem:
    snapshot, _ = Snapshot.objects.get_or_create(sha256="5" * 64, counts={})
    drawing = make_recognized_drawing(owner, ink=json.dumps(load_strokes(label)))
    sample = SnapshotDrawing.objects.create(
        drawing_id=drawing.pk, revision=1, owner=owner, ink=drawing.ink, ink_sha256="0" * 64
    )
    given = {
        "snapshot": snapshot,
        "drawing": sample,
        "label": label,
        "user_pseudonym": "p",
        **fields,
    }
    return SnapshotItem.objects.create(**{"split": "holdout", **given})


def _review(owner: User, label: int, **fields: Any) -> Drawing:
    drawing = make_recognized_drawing(owner, ink=json.dumps(load_strokes(label)))
    given = {"revision": 1, "basis": Basis.REVIEW, "decided_at": timezone.now(), **fields}
    GroundTruth.objects.create(drawing=drawing, **{"value": label, **given})
    return drawing


@pytest.fixture
def teaching_owner(owner: User) -> User:
    owner.may_teach, owner.split = True, "holdout"
    owner.save()
    return owner


def test_a_network_beside_itself_changes_nothing(bundled_model: Predictor) -> None:
    rasters = np.zeros((40, 28, 28), np.uint8)
    rasters[:, 4:24, 13:15] = 255
    labels = np.arange(40, dtype=np.int64) % 10
    found = compare_models(
        bundled_model, bundled_model, [EvaluationSet("mnist", "MNIST", rasters, labels)]
    )
    [one] = found.report["sets"]
    assert (one["difference"], one["changed"]) == (0, {"won": [], "lost": []})
    assert one["champion"]["right"] == one["challenger"]["right"] == 4
    assert found.gate_decision.outcome == "insufficient_evidence"
    assert np.array(one["champion"]["confusion"]).sum() == 40
    assert found.report["speed"]["champion"]["one_ms"] > 0


def test_the_report_is_stored_with_its_outcome_and_can_be_read_again(
    champion: ModelVersion, challenger: ModelVersion, no_data: None
) -> None:
    evaluation = evaluate_challenger(challenger=challenger, champion=champion)
    evaluation.refresh_from_db()
    assert (evaluation.gate_result, evaluation.challenger) == ("refused", challenger)
    assert "its confidence is off" in evaluation.decided_by  # as its temperature makes it
    names = [(one["name"], one["is_stand_in"]) for one in evaluation.report["sets"]]
    assert names == [("synthetic", True), ("people", False), ("reviewed", False)]
    assert evaluation.report["sets"][1]["lacks"] == "0 of the 300 drawings it takes"


def test_peoples_drawings_are_named_by_their_ids_alone(
    teaching_owner: User, champion: ModelVersion, challenger: ModelVersion, no_data: None
) -> None:
    wrong = _hold_out(teaching_owner, 1)
    SnapshotItem.objects.filter(pk=wrong.pk).update(label=7)
    report = evaluate_challenger(challenger=challenger, champion=champion).report
    people = report["sets"][1]
    assert people["n"] == 1
    assert wrong.drawing.ink not in json.dumps(report)


def test_the_holdout_is_that_of_people_who_agree_and_have_not_been_erased(
    teaching_owner: User, outsider: User
) -> None:
    kept = _hold_out(teaching_owner, 1)
    _hold_out(outsider, 2)  # has not agreed
    gone = _hold_out(teaching_owner, 3)
    SnapshotDrawing.objects.filter(pk=gone.drawing_id).update(erased_at=timezone.now())
    _hold_out(teaching_owner, 4, split="training")
    people, _ = load_user_evaluation_sets(None)
    assert list(people.keys) == [f"{kept.drawing.drawing_id}/1"]
    assert people.labels.tolist() == [1]
    assert people.rasters.shape == (1, 28, 28)


def test_the_holdout_of_an_imported_file_stands_for_none_of_this_sites_people(
    teaching_owner: User,
) -> None:
    ours = _hold_out(teaching_owner, 7)
    theirs = Snapshot.objects.create(sha256="6" * 64, counts={}, is_imported=True)
    _hold_out(teaching_owner, 4, snapshot=theirs)
    holdout, _ = load_user_evaluation_sets(None)
    assert holdout.keys == [f"{ours.drawing.drawing_id}/1"]


def test_reviewed_drawings_are_new_agreed_to_and_by_nobody_in_training(
    teaching_owner: User, outsider: User, reviewer: User
) -> None:
    counted = _review(teaching_owner, 5)
    _review(teaching_owner, 6, is_set_aside=True)
    _review(teaching_owner, 6, value=None)
    _review(teaching_owner, 6, revision=2)
    _review(teaching_owner, 6, basis=Basis.AGREEMENT)
    _review(outsider, 7)  # has not agreed
    reviewer.may_teach, reviewer.split = True, "training"
    reviewer.save()
    _review(reviewer, 8)
    deleted = _review(teaching_owner, 9)
    Drawing.objects.filter(pk=deleted.pk).update(deleted_at=timezone.now())
    _, reviewed = load_user_evaluation_sets(None)
    assert list(reviewed.keys) == [f"{counted.pk}/1"]


def test_what_the_holdout_has_is_not_counted_twice_and_old_verdicts_are_not_recent(
    teaching_owner: User,
) -> None:
    held = _hold_out(teaching_owner, 1)
    drawing = Drawing.objects.get(pk=held.drawing.drawing_id)
    GroundTruth.objects.create(
        drawing=drawing, revision=1, value=1, basis=Basis.REVIEW, decided_at=timezone.now()
    )
    _review(teaching_owner, 2, decided_at=held.snapshot.created_at - timedelta(minutes=1))
    people, reviewed = load_user_evaluation_sets(held.snapshot)
    assert (len(people.keys), len(reviewed.keys)) == (1, 0)


def test_base_sets_are_of_writers_kept_out_of_what_was_rehearsed(handwriting: Path) -> None:
    everything = {one.name: len(one.labels) for one in evaluation_sets.load_holdout_sets("all")}
    assert list(everything) == ["mnist", "pen"]
    assert everything["mnist"] >= 2_000
    assert [one.name for one in evaluation_sets.load_holdout_sets("mnist")] == ["mnist"]
    [stand_in] = evaluation_sets.load_holdout_sets("synthetic")
    assert stand_in.is_stand_in


def test_peoples_drawings_it_reads_wrong_are_told_to_reviewers_by_their_ids(
    champion: ModelVersion, owner: User, reviewer: User, no_data: None
) -> None:
    item = _hold_out(owner, 4)
    SnapshotItem.objects.filter(pk=item.pk).update(label=9)
    owner.may_teach = True
    owner.save()
    found = evaluate_challenger(challenger=champion, champion=champion)
    assert redact_report(found, reviewer) == found.report
    sets = {one["name"]: one for one in found.report["sets"]}
    assert sets["synthetic"]["champion"]["mistakes"] == []
    told = sets["people"]["challenger"]["mistakes"]
    assert [(one["key"], one["label"]) for one in told] == [(f"{item.drawing.drawing_id}/1", 9)]
    assert str(item.drawing.drawing_id) not in json.dumps(redact_report(found, owner))


def test_comparing_completes_a_card_that_an_earlier_site_left(
    champion: ModelVersion, no_data: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("load_mnist", "load_pen"):
        monkeypatch.setattr(report_sets, name, raise_missing)
    monkeypatch.setattr(report_sets, "NUM_SYNTHETIC_DRAWINGS", 20)
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
