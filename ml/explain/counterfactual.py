"""What would have to change for another answer: the fewest touches that a greedy search finds, each
a little square of ink added or taken away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.inference.predictor import Predictor
from ml.preprocessing.rasterize import IMAGE_SIZE, Raster

PATCH_SIZE = 3
PATCH_STRIDE = 2
MAX_PATCHES = 12
"""After so many the search gives up."""

_INK_VALUE, _BLANK_VALUE = 255, 0


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """The changed `raster` (28, 28) after `touches` of them; whether it `reached` the wanted
    class."""

    raster: Raster
    touches: int
    reached: bool


def find_counterfactual(predictor: Predictor, raster: Raster, *, wanted: int) -> Counterfactual:
    """Change a raster (28, 28), the most helpful touch first, until `wanted` (0-9, 10 for not a
    digit) is the most probable class."""
    now, touches = raster, 0
    while touches < MAX_PATCHES:
        tried = _apply_all_patches(now)
        leads = _compute_log_odds(predictor, tried, wanted)
        best = int(leads.argmax())
        now, touches = tried[best], touches + 1
        if leads[best] > 0:
            return Counterfactual(now, touches, reached=True)
    return Counterfactual(now, touches, reached=False)


def _apply_all_patches(raster: Raster) -> Raster:
    """Every place of the brush, with ink and with blank paper: (n, 28, 28)."""
    places = range(0, IMAGE_SIZE - PATCH_SIZE + 1, PATCH_STRIDE)
    found = np.repeat(raster[None], 2 * len(places) ** 2, axis=0)
    spots = [
        (down, right, tone)
        for tone in (_INK_VALUE, _BLANK_VALUE)
        for down in places
        for right in places
    ]
    for one, (down, right, tone) in zip(found, spots, strict=True):
        one[down : down + PATCH_SIZE, right : right + PATCH_SIZE] = tone
    return found


def _compute_log_odds(
    predictor: Predictor, rasters: Raster, wanted: int
) -> npt.NDArray[np.float64]:
    """The logarithm of how much more probable the wanted class is than the best other one."""
    logs = np.log(np.maximum(predictor.compute_probabilities(rasters), 1e-300))
    leads: npt.NDArray[np.float64] = logs[:, wanted] - np.delete(logs, wanted, 1).max(axis=1)
    return leads
