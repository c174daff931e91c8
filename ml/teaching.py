"""What a network learns beside the labels: the answers of released networks to the same pictures,
taken together (knowledge distillation, Hinton et al., arXiv:1503.02531)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ml.card import read_card
from ml.predictor import Predictor, load_predictor
from ml.raster import Raster

WEIGHTS_FOLDER = Path(__file__).parent / "weights"

Classes = npt.NDArray[np.float64]


def name_release(name: str) -> str:
    """Return NAME@SHA256 of one of ours. Raises CannotLoadRelease."""
    card = read_card(WEIGHTS_FOLDER / name)
    return f"{card['name']}@{card['sha256']}"


def load_teachers(names: Sequence[str]) -> list[Predictor]:
    """Return the released networks of these names. Raises CannotLoadRelease."""
    return [load_predictor(WEIGHTS_FOLDER / name, "cpu") for name in names]


def ask_teachers(teachers: Sequence[Predictor], bitmaps: Raster) -> Classes:
    """Return the mean of the teachers' calibrated probabilities, (n, 11). They are asked about
    bitmaps alone: some have seen no strokes, and none has seen them turned as far as we do."""
    answers = [teacher.compute_probabilities(bitmaps) for teacher in teachers]
    mean: Classes = np.mean(answers, axis=0)
    return mean
