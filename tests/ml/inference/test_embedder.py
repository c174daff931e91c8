"""Embeddings: distances to the digit classes."""

import json
from pathlib import Path

import numpy as np
import pytest

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


def test_digits_are_nearer_to_the_classes_than_scribbles() -> None:
    embedder = Embedder(INKNET)
    digits = embedder.embed(rasterize_many([ink["strokes"] for ink in DIGITS]))
    others = embedder.embed(rasterize_many([SCRIBBLE, GRID]))
    assert np.median(digits.distances) < 0.3
    assert others.distances.min() > 0.5
    assert np.allclose(np.linalg.norm(digits.features.astype(float), axis=1), 1, atol=1e-2)


def test_refuses_a_damaged_onnx_file(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(CannotLoadRelease):
        Embedder(tmp_path)
