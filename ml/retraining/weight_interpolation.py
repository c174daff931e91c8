"""Interpolation between the base weights and the fine-tuned weights (WiSE-FT, Wortsman et al.,
arXiv:2109.01903): points in between are more accurate on old and new data than either end."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from ml.data.datasets import NOT_A_DIGIT_CLASS
from ml.evaluation.validation_during_training import ValidationData, compute_logits

Weights = Mapping[str, Tensor]

ALPHAS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
MAX_ERROR_INCREASE = 0.0005
"""Of the validation digits of the rehearsal data. The published test set may lose 0.001; half of
that, as selection on the validation data is optimistic."""


def interpolate_weights(base: Weights, tuned: Weights, alpha: float) -> dict[str, Tensor]:
    """Return base + alpha * (tuned - base); integer buffers are the tuned ones."""
    return {
        name: torch.lerp(base[name], value, alpha) if value.is_floating_point() else value.clone()
        for name, value in tuned.items()
    }


def select_alpha(model: nn.Module, base: Weights, tuned: Weights, data: ValidationData) -> float:
    """Return the largest of ALPHAS that adds at most MAX_ERROR_INCREASE to the base's errors, or
    the smallest if none does.

    `model` is of the same architecture; its weights are overwritten.
    """
    model.load_state_dict(dict(base))
    base_errors, count = _count_errors(model, data)
    max_errors = base_errors + MAX_ERROR_INCREASE * count
    for alpha in ALPHAS:
        model.load_state_dict(interpolate_weights(base, tuned, alpha))
        if _count_errors(model, data)[0] <= max_errors:
            return alpha
    return ALPHAS[-1]


def _count_errors(model: nn.Module, data: ValidationData) -> tuple[int, int]:
    """Return the number of misclassified digits and of all digits."""
    errors, count = 0, 0
    for images, labels in data.sets.values():
        is_digit = labels != NOT_A_DIGIT_CLASS
        if is_digit.any():
            logits = compute_logits(model, images[is_digit], torch.device("cpu")).numpy()
            errors += int(np.count_nonzero(logits.argmax(axis=1) != labels[is_digit]))
            count += int(is_digit.sum())
    return errors, count
