"""From trained weights to a folder that serves, without a look at the test sets."""

from pathlib import Path

import pytest
import torch

from ml.architectures import build_architecture, fnn
from ml.artifacts.model_card import load_model_card
from ml.data.datasets import InkSample, SplitName, load_pen
from ml.evaluation.validation import ValidationData, load_validation_data
from ml.inference.predictor import load_predictor
from ml.training.release import calibrate_model, create_release, remeasure_release
from ml.training.train import TrainingEpochReport, TrainingResult

pytestmark = pytest.mark.usefixtures("handwriting")


def test_a_release_is_calibrated_measured_and_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[SplitName] = []
    whole = load_pen

    def load_and_note(part: SplitName) -> list[InkSample]:
        parts.append(part)
        return whole(part)

    monkeypatch.setattr("ml.evaluation.classification_metrics.load_pen", load_and_note)
    torch.manual_seed(0)
    report = TrainingEpochReport(1, 1, 2.0, 0.1, 60.0, {"mnist": 0.1})
    untrained = TrainingResult(fnn.TRAINING_CONFIG, fnn.build().state_dict(), [report], True)

    card = create_release(
        untrained,
        load_validation_data(),
        tmp_path / "untrained",
        note="Knows nothing.",
        with_test=False,
    )

    assert parts == ["validation"]
    assert card == load_model_card(tmp_path / "untrained")
    assert card["note"] == "Knows nothing."
    assert card["figures"].keys() == {"validation"}
    assert card["figures"]["validation"]["mnist"]["accuracy"] < 0.5
    assert card["training"]["epochs"] == 1
    assert card["training"]["wall_s"] == 60
    assert load_predictor(tmp_path / "untrained", "cpu").sha256 == card["sha256"]
    assert [path.name for path in tmp_path.iterdir()] == ["untrained"]
    assert remeasure_release(tmp_path / "untrained", with_test=False)["figures"] == card["figures"]


def test_two_rules_are_calibrated_by_what_the_network_can_say() -> None:
    whole = load_validation_data()
    few = ValidationData({name: (i[:200], y[:200]) for name, (i, y) in whole.sets.items()})
    eleven, ten = (
        calibrate_model(build_architecture(name).eval(), few)["verdict"]
        for name in ("inknet", "fnn")
    )

    assert eleven["rule"] == "not_a_digit first, then unsure"
    assert 0.5 <= eleven["not_a_digit_from"] <= 1
    assert ten["rule"] == "unsure, never not_a_digit"
    assert ten["not_a_digit_from"] is None
    assert eleven["unsure_below"] >= 0.5 <= ten["unsure_below"]
