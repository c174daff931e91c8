"""Releases of trained models: calibration, metrics, and no use of the test sets."""

from pathlib import Path

import pytest
import torch

from ml.architectures import build_architecture, fnn
from ml.artifacts.model_card import load_model_card
from ml.data.dataset_splits import SplitName
from ml.data.datasets import InkSample, load_pen
from ml.evaluation.temperature_and_threshold_calibration import calibrate_model
from ml.evaluation.validation_during_training import ValidationData, load_validation_data
from ml.inference.predictor import load_predictor
from ml.training.build_release import create_release, remeasure_release
from ml.training.epoch_report import EpochReport
from ml.training.train_from_scratch import TrainingResult

pytestmark = pytest.mark.usefixtures("handwriting")


def test_release_is_calibrated_measured_and_loadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[SplitName] = []

    def load_and_record(part: SplitName) -> list[InkSample]:
        parts.append(part)
        return load_pen(part)

    monkeypatch.setattr("ml.evaluation.release_evaluation.load_pen", load_and_record)
    torch.manual_seed(0)
    report = EpochReport(1, 1, 2.0, 0.1, 60.0, {"mnist": 0.1}, 0.1, [0.1] * 10)
    untrained = TrainingResult(fnn.TRAINING_CONFIG, fnn.build().state_dict(), [report], True)
    folder = tmp_path / "untrained"

    card = create_release(
        untrained, load_validation_data(), folder, note="Untrained.", with_test=False
    )

    assert set(parts) == {"validation"}
    assert card == load_model_card(folder)
    assert card["note"] == "Untrained."
    assert card["metrics"].keys() == {"validation"}
    assert card["metrics"]["validation"]["mnist"]["accuracy"] < 0.5
    assert card["training"]["epochs"] == 1
    assert card["training"]["wall_s"] == 60
    assert load_predictor(folder, "cpu").sha256 == card["sha256"]
    assert list(tmp_path.iterdir()) == [folder]
    assert remeasure_release(folder, with_test=False)["metrics"] == card["metrics"]


def test_decision_rule_follows_the_classes_of_the_model() -> None:
    sets = load_validation_data().sets
    few = ValidationData({name: (i[:200], y[:200]) for name, (i, y) in sets.items()})
    eleven, ten = (
        calibrate_model(build_architecture(name).eval(), few)["decision"]
        for name in ("inknet", "fnn")
    )

    assert eleven["rule"] == "not_a_digit first, then unsure"
    assert 0.5 <= (eleven["rejection_threshold"] or 0) <= 1
    assert ten["rule"] == "unsure, never not_a_digit"
    assert ten["rejection_threshold"] is None
    assert eleven["confidence_threshold"] >= 0.5 <= ten["confidence_threshold"]
