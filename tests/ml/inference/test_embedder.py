"""Features of drawings: how far from every digit, and which cover most."""

import json
from pathlib import Path

import numpy as np
import pytest

from ml.active_learning import k_center_greedy
from ml.artifacts.model_card import CannotLoadRelease
from ml.inference.embedder import Embedder
from ml.preprocessing.rasterize import rasterize_many

ROOT = Path(__file__).resolve().parents[3]
INKNET = ROOT / "ml/weights/inknet"
DIGITS = json.loads((ROOT / "tests/ink/digits.json").read_text())
SCRIBBLE = [[[0, 0], [90, 80], [5, 70], [95, 10], [10, 40], [80, 90], [0, 95], [99, 50], [20, 5]]]
GRID = [[[x, 0], [x, 100]] for x in range(0, 101, 25)] + [
    [[0, y], [100, y]] for y in range(0, 101, 25)
]


def test_digits_lie_near_and_scribbles_far() -> None:
    embedder = Embedder(INKNET)
    digits = embedder.embed(rasterize_many([one["strokes"] for one in DIGITS]))
    others = embedder.embed(rasterize_many([SCRIBBLE, GRID]))
    assert np.median(digits.distances) < 0.3
    assert others.distances.min() > 0.5
    assert np.allclose(np.linalg.norm(digits.features.astype(float), axis=1), 1, atol=1e-2)


def test_a_folder_without_a_fitting_layer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(CannotLoadRelease):
        Embedder(tmp_path)


def test_the_farthest_from_what_is_known_comes_first_and_twins_last() -> None:
    angles = np.radians([0, 1, 90, 91, 180])
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float16)
    order = k_center_greedy(rows, rows[:1]).tolist()
    assert order[0] == 4
    assert order[1] in (2, 3)
    assert set(order[2:]) == {0, 1, 2, 3} - {order[1]}


def test_nothing_known_is_no_hindrance() -> None:
    rows = np.eye(3, dtype=np.float16)
    assert sorted(k_center_greedy(rows, np.empty((0, 3), np.float16)).tolist()) == [0, 1, 2]
