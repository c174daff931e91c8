"""From trained weights to a folder that serves, without a look at the test sets."""

from pathlib import Path

import pytest
import torch

from ml.architectures import inknet
from ml.card import read_card
from ml.datasets import Ink, Part, load_pen
from ml.predictor import load_predictor
from ml.recipe import TrainingConfig
from ml.release import release_model
from ml.training import EpochReport, TrainingResult
from ml.validation import load_validation_data

pytestmark = pytest.mark.usefixtures("handwriting")


def test_a_release_is_calibrated_measured_and_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[Part] = []
    whole = load_pen

    def load_and_note(part: Part) -> list[Ink]:
        parts.append(part)
        return whole(part)

    monkeypatch.setattr("ml.evaluation.load_pen", load_and_note)
    torch.manual_seed(0)
    report = EpochReport(1, 1, 2.0, 0.1, 60.0, {"mnist": 0.1})
    untrained = TrainingResult(TrainingConfig(), inknet.build().state_dict(), [report], True)

    card = release_model(
        untrained,
        load_validation_data(),
        tmp_path / "untrained",
        note="Knows nothing.",
        with_test=False,
    )

    assert parts == ["validation"]
    assert card == read_card(tmp_path / "untrained")
    assert card["note"] == "Knows nothing."
    assert card["figures"].keys() == {"validation"}
    assert card["figures"]["validation"]["mnist"]["accuracy"] < 0.5
    assert card["training"]["epochs"] == 1
    assert card["training"]["wall_s"] == 60
    assert load_predictor(tmp_path / "untrained", "cpu").sha256 == card["sha256"]
    assert [path.name for path in tmp_path.iterdir()] == ["untrained"]
