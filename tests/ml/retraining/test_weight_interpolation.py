"""Interpolated weights, and the alpha that the validation digits allow."""

import numpy as np
import torch
from torch import nn

from ml.evaluation.validation_during_training import ValidationData
from ml.retraining.weight_interpolation import ALPHAS, interpolate_weights, select_alpha

NUM_DIGITS = 20


class _Scale(nn.Module):
    """Predicts 1 if weight times the first pixel is above 0.5, else 0."""

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight))
        self.register_buffer("num_batches", torch.tensor(7))

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        first = self.weight * images[:, 0, 0, 0] - 0.5
        return torch.stack([-first, first], dim=1), images


def _make_validation_data(*, other: int = 10) -> ValidationData:
    images = np.zeros((NUM_DIGITS, 28, 28), dtype=np.uint8)
    images[:, 0, 0] = 255
    labels = np.ones(NUM_DIGITS, dtype=np.int64)
    return ValidationData({"digits": (images, labels), "others": (images, labels * other)})


def _select(base: float, tuned: float, data: ValidationData) -> float:
    return select_alpha(_Scale(0.0), _Scale(base).state_dict(), _Scale(tuned).state_dict(), data)


def test_alpha_is_1_without_added_errors() -> None:
    assert _select(1.0, 2.0, _make_validation_data()) == 1.0


def test_alpha_stops_before_errors_rise() -> None:
    assert _select(1.0, 0.0, _make_validation_data()) == 0.4


def test_alpha_is_smallest_if_errors_always_rise() -> None:
    assert _select(1.0, -9.0, _make_validation_data()) == ALPHAS[-1]


def test_nondigits_do_not_affect_alpha() -> None:
    assert _select(1.0, 0.0, _make_validation_data(other=10)) == _select(
        1.0, 0.0, _make_validation_data(other=1)
    )


def test_integer_buffers_are_not_interpolated() -> None:
    weights = interpolate_weights(_Scale(0.0).state_dict(), _Scale(1.0).state_dict(), 0.25)
    assert float(weights["weight"]) == 0.25
    assert int(weights["num_batches"]) == 7
