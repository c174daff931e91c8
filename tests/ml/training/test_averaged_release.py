"""The average of releases and of the release that they started from."""

import json
import math
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from ml.artifacts.atomic_write import sha256_of
from ml.artifacts.model_card import LOG_FILE, WEIGHTS_FILE, load_model_card, save_model_card
from ml.artifacts.release_storage import load_model
from ml.data.datasets import hash_data_files
from ml.evaluation.temperature_and_threshold_calibration import NONDIGIT_SHARE
from ml.evaluation.validation_during_training import ValidationData, load_validation_data
from ml.training.averaged_release import (
    BIAS_DIGIT_SETS,
    BIAS_NONDIGIT_SETS,
    average_weights,
    create_averaged_release,
    fit_class_biases,
)
from ml.training.epoch_report import EpochReport
from ml.training_config import NUM_DIGITS


def _copy_changed(release: Path, folder: Path, factor: float, seed: int) -> Path:
    """Copy a release with its last layer multiplied by a factor."""
    shutil.copytree(release, folder)
    weights = load_file(folder / WEIGHTS_FILE)
    weights["head.weight"] *= factor
    save_file(weights, folder / WEIGHTS_FILE)
    report = EpochReport(1, 1, 0.3, 1e-3, 60.0, {"mnist": 0.99}, 0.99, [0.99] * 10)
    (folder / LOG_FILE).write_text(json.dumps(asdict(report)) + "\n")
    card = load_model_card(release)
    card["sha256"] = sha256_of(folder / WEIGHTS_FILE)
    card["training"]["seeds"] = [seed]
    save_model_card(folder, card)
    return folder


@pytest.fixture
def runs(release: Path, tmp_path: Path) -> list[Path]:
    return [
        _copy_changed(release, tmp_path / f"run-{seed}", factor, seed)
        for seed, factor in ((1, 1.2), (2, 1.6))
    ]


def test_averages_the_weights(runs: list[Path], release: Path) -> None:
    base = load_model(release).state_dict()
    half = average_weights(runs, release, 0.5)

    assert torch.allclose(half["head.weight"], base["head.weight"] * 1.2)
    assert torch.equal(half["head.bias"], base["head.bias"])
    assert torch.equal(average_weights(runs, release, 0)["head.weight"], base["head.weight"])


def test_biases_correct_a_class_that_is_predicted_too_rarely() -> None:
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(4_000, 11, generator=generator) * 3
    logits[:, NUM_DIGITS] -= 20
    labels = torch.multinomial(logits.softmax(1), 1, generator=generator)[:, 0]
    biased = logits.clone()
    biased[:, 1] -= 0.8
    biases = fit_class_biases(biased, labels)
    errors = [(one.argmax(1) != labels).sum() for one in (biased, biased + biases)]

    assert biases[:NUM_DIGITS].argmax() == 1
    assert 0.5 < biases[1] < 0.9
    assert biases[[0, *range(2, 10)]].abs().max() < 0.3
    assert errors[1] < errors[0]


def test_biases_fit_one_nondigit_in_twenty() -> None:
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(8_000, 11, generator=generator) * 2
    logits[:, NUM_DIGITS] += 2.3  # about half of the drawings are non-digits
    labels = torch.multinomial(logits.softmax(1), 1, generator=generator)[:, 0]
    is_digit = labels != NUM_DIGITS
    biases = fit_class_biases(logits, labels)
    nondigits = (logits + biases).softmax(1)[:, NUM_DIGITS]
    odds = (1 - NONDIGIT_SHARE) / NONDIGIT_SHARE * (~is_digit).sum() / is_digit.sum()

    assert biases[NUM_DIGITS] == pytest.approx(-math.log(odds), abs=0.3)
    share = (1 - NONDIGIT_SHARE) * nondigits[is_digit].mean()
    share += NONDIGIT_SHARE * nondigits[~is_digit].mean()
    assert share == pytest.approx(NONDIGIT_SHARE, abs=0.01)


def test_the_card_names_seeds_base_and_alpha(
    runs: list[Path], release: Path, tmp_path: Path, handwriting: Path
) -> None:
    few = {name: (x[:200], y[:200]) for name, (x, y) in load_validation_data().sets.items()}
    card = create_averaged_release(
        runs, release, 0.5, ValidationData(few), tmp_path / "average", with_test=False
    )
    training = card["training"]

    assert card == load_model_card(tmp_path / "average")
    assert training["seeds"] == [1, 2]
    assert training["interpolation_alpha"] == 0.5
    assert training["base_sha256"] == load_model_card(release)["sha256"]
    assert card["metrics"].keys() == {"validation"}
    assert card["data_files"] == hash_data_files()


def test_digits_in_formulas_do_not_change_the_weights() -> None:
    assert {"formulas", "symbols"}.isdisjoint({*BIAS_DIGIT_SETS, *BIAS_NONDIGIT_SETS})
