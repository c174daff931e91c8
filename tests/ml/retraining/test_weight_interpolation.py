"""Between a base network and a tuned one: as far as the base's validation digits allow."""

import numpy as np
import torch
from torch import nn

from ml.evaluation.validation import ValidationData
from ml.retraining.weight_interpolation import ALPHAS, interpolate_weights, select_alpha

DIGITS = 20


class _Scale(nn.Module):
    """Says 1 where weight times the picture's first pixel is above a half, else 0."""

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight))
        self.register_buffer("seen", torch.tensor(7))

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        first = self.weight * pictures[:, 0, 0, 0] - 0.5
        return torch.stack([-first, first], dim=1), pictures


def _validate(*, other: int = 10) -> ValidationData:
    images = np.zeros((DIGITS, 28, 28), dtype=np.uint8)
    images[:, 0, 0] = 255
    labels = np.ones(DIGITS, dtype=np.int64)
    return ValidationData({"digits": (images, labels), "others": (images, labels * other)})


def _choose(base: float, tuned: float, data: ValidationData) -> float:
    return select_alpha(_Scale(0.0), _Scale(base).state_dict(), _Scale(tuned).state_dict(), data)


def test_the_whole_way_is_gone_when_nothing_is_forgotten() -> None:
    assert _choose(1.0, 2.0, _validate()) == 1.0


def test_it_stops_where_the_base_would_be_forgotten() -> None:
    assert _choose(1.0, 0.0, _validate()) == 0.4


def test_a_network_that_forgets_everything_is_gone_towards_the_least() -> None:
    assert _choose(1.0, -9.0, _validate()) == ALPHAS[-1]


def test_what_is_no_digit_does_not_count() -> None:
    assert _choose(1.0, 0.0, _validate(other=10)) == _choose(1.0, 0.0, _validate(other=1))


def test_counters_are_not_mixed() -> None:
    mixed = interpolate_weights(_Scale(0.0).state_dict(), _Scale(1.0).state_dict(), 0.25)
    assert float(mixed["weight"]) == 0.25
    assert int(mixed["seen"]) == 7
