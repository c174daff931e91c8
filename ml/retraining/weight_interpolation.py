"""How far to go from the base network's weights to the tuned ones (WiSE-FT, Wortsman et al.,
arXiv:2109.01903): the straight line between the two keeps more of both than either end."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from ml.data.datasets import NOT_A_DIGIT_CLASS
from ml.evaluation.validation import ValidationData, compute_logits

Weights = Mapping[str, Tensor]

ALPHAS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
MAX_ERROR_INCREASE = 0.0005
"""Of the base's validation digits so many more may be wrong than by the base network: a half of the
tenth of a point that the published test set may lose, since the choice flatters itself."""


def interpolate_weights(base: Weights, tuned: Weights, way: float) -> dict[str, Tensor]:
    """Return the weights at that part of the way, 0 the base and 1 the tuned; counters stay."""
    return {
        name: torch.lerp(base[name], value, way) if value.is_floating_point() else value.clone()
        for name, value in tuned.items()
    }


def select_alpha(network: nn.Module, base: Weights, tuned: Weights, data: ValidationData) -> float:
    """Return the farthest of STEPS at which the base's validation digits are still read about as
    well as by the base network. `network` is any of the architecture; its weights are replaced."""
    network.load_state_dict(dict(base))
    errors, asked = _count_errors(network, data)
    allowed = errors + MAX_ERROR_INCREASE * asked
    for way in ALPHAS:
        network.load_state_dict(interpolate_weights(base, tuned, way))
        if _count_errors(network, data)[0] <= allowed:
            return way
    return ALPHAS[-1]


def _count_errors(network: nn.Module, data: ValidationData) -> tuple[int, int]:
    errors, asked = 0, 0
    for images, labels in data.sets.values():
        digits = labels != NOT_A_DIGIT_CLASS
        if digits.any():
            logits = compute_logits(network, images[digits], torch.device("cpu")).numpy()
            errors += int(np.count_nonzero(logits.argmax(axis=1) != labels[digits]))
            asked += int(digits.sum())
    return errors, asked
