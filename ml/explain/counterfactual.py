"""Counterfactual explanation: a greedy search for few patches of ink, added or erased, that change
the most probable class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.inference.predictor import Predictor
from ml.preprocessing.array_types import Raster
from ml.preprocessing.rasterize import IMAGE_SIZE

PATCH_SIZE = 3
PATCH_STRIDE = 2
MAX_PATCHES = 12

_INK_VALUE, _BLANK_VALUE = 255, 0


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """The raster (28, 28) after `num_patches` changes; `found` if the target class is the most
    probable."""

    raster: Raster
    num_patches: int
    found: bool


def find_counterfactual(predictor: Predictor, raster: Raster, *, target: int) -> Counterfactual:
    """Change a raster (28, 28) patch by patch until `target` (0-9, or 10 for not a digit) is the
    most probable class. Gives up after MAX_PATCHES."""
    for num_patches in range(1, MAX_PATCHES + 1):
        candidates = _apply_all_patches(raster)
        log_odds = _compute_log_odds(predictor, candidates, target)
        best = int(log_odds.argmax())
        raster = candidates[best]
        if log_odds[best] > 0:
            return Counterfactual(raster, num_patches, found=True)
    return Counterfactual(raster, MAX_PATCHES, found=False)


def _apply_all_patches(raster: Raster) -> Raster:
    """Return the raster with one patch changed, for each position and for ink and blank: (n, 28,
    28)."""
    positions = range(0, IMAGE_SIZE - PATCH_SIZE + 1, PATCH_STRIDE)
    patches = [
        (value, y, x) for value in (_INK_VALUE, _BLANK_VALUE) for y in positions for x in positions
    ]
    rasters = np.repeat(raster[None], len(patches), axis=0)
    for changed, (value, y, x) in zip(rasters, patches, strict=True):
        changed[y : y + PATCH_SIZE, x : x + PATCH_SIZE] = value
    return rasters


def _compute_log_odds(
    predictor: Predictor, rasters: Raster, target: int
) -> npt.NDArray[np.float64]:
    """Return the log ratio of the target's probability to the largest other one (n,)."""
    logs = np.log(np.maximum(predictor.compute_probabilities(rasters), 1e-300))
    odds: npt.NDArray[np.float64] = logs[:, target] - np.delete(logs, target, 1).max(axis=1)
    return odds
