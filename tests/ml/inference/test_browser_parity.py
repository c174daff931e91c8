"""Predictions in the browser, which node runs here, compared with the server's."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml.artifacts.model_card import BROWSER_FILE
from ml.data.datasets import DatasetMissing, load_pen
from ml.inference.predictor import load_predictor
from tests.ml.conftest import OwnInk

ROOT = Path(__file__).resolve().parents[3]
WEIGHTS = ROOT / "ml" / "weights"
MIN_SAME_DECISION = 0.995
MAX_PROBABILITY_DIFFERENCE = 0.01
MODELS = sorted(path.parent.name for path in WEIGHTS.glob(f"*/{BROWSER_FILE}"))


def predict_in_node(bundle: Path, drawings: list[Any]) -> list[dict[str, Any]]:
    node = Path(sys.executable).with_name("node")
    command = [str(node), str(ROOT / "tests" / "js" / "predict_inks.js"), str(bundle)]
    result = subprocess.run(command, input=json.dumps(drawings).encode(), capture_output=True)
    assert result.returncode == 0, result.stderr.decode()
    predictions: list[dict[str, Any]] = json.loads(result.stdout)
    return predictions


def compare(name: str, drawings: list[Any]) -> None:
    folder = WEIGHTS / name
    expected = load_predictor(folder, "cpu").predict_many(drawings)
    found = predict_in_node(folder / BROWSER_FILE, drawings)
    same = [
        (one.decision, one.digit) == (two["decision"], two["digit"])
        for one, two in zip(expected, found, strict=True)
    ]
    probabilities = [
        np.array([one.probabilities for one in expected]),
        np.array([two["probabilities"] for two in found]),
    ]
    assert sum(same) >= MIN_SAME_DECISION * len(same)
    assert np.abs(probabilities[0] - probabilities[1]).mean() <= MAX_PROBABILITY_DIFFERENCE


@pytest.mark.parametrize("name", MODELS)
def test_predicts_our_own_inks_like_the_server(name: str, own_inks: list[OwnInk]) -> None:
    compare(name, [ink.strokes for ink in own_inks])


def test_predicts_unusual_inks_like_the_server() -> None:
    compare(
        "inknet",
        [
            [[[0, 0]]],
            [[[5, 5], [5, 5]]],
            [[[0, 0], [1e5, 1e-3]]],
            [[[0, 0]], [], [[1, 0]], [[0, 1]]],
            [[[x % 7, x % 11, x, 0.5] for x in range(5000)]],
        ],
    )


@pytest.mark.slow
def test_predicts_the_pen_validation_set_like_the_server() -> None:
    try:
        samples = load_pen("validation")
    except DatasetMissing as missing:
        pytest.skip(str(missing))
    compare("inknet", [sample.strokes for sample in samples])
