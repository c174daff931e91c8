"""What a network learns beside the labels: the answers of released networks to the same pictures,
taken together (knowledge distillation, Hinton et al., arXiv:1503.02531)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ml.predictor import Predictor, load_predictor
from ml.raster import Raster

WEIGHTS_FOLDER = Path(__file__).parent / "weights"

Classes = npt.NDArray[np.float64]


def load_teachers(names: Sequence[str]) -> list[Predictor]:
    """Return the released networks of these names. Raises CannotLoadRelease."""
    return [load_predictor(WEIGHTS_FOLDER / name, "cpu") for name in names]


def ask_teachers(teachers: Sequence[Predictor], rasters: Raster, bitmaps: int) -> Classes:
    """Return the mean of the teachers' calibrated probabilities, (n, 11).

    Those with ten outputs have seen MNIST alone and are asked about the first `bitmaps` rasters
    only. A row that no teacher answered is all zeros.
    """
    answers = np.zeros((len(rasters), 11))
    heard = np.zeros((len(rasters), 1))
    for teacher in teachers:
        end = len(rasters) if teacher.outputs > 10 else bitmaps
        answers[:end] += teacher.compute_probabilities(rasters[:end])
        heard[:end] += 1
    mean: Classes = answers / np.maximum(heard, 1)
    return mean
