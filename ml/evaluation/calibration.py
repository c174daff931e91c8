"""What is chosen on validation after training: the temperature, and from which confidence on an
answer is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.inference.predictor import compute_softmax

MAX_DIGITS_REJECTED = 0.01
"""At most this part of the validation digits may be answered not_a_digit."""

MIN_NONDIGITS_REJECTED = 0.985
"""This part of each set of validation non-digits stays rejected."""

MIN_REJECTION_THRESHOLD, MAX_REJECTION_THRESHOLD = 0.5, 0.9

TARGET_UNSURE_FRACTION = 0.015
"""About this part of the validation digits is answered unsure."""

_NUM_BISECTIONS = 40


@dataclass(frozen=True, slots=True)
class DecisionThresholds:
    """The numbers of the verdict rule: not_a_digit from this probability on, else unsure below that
    confidence."""

    not_a_digit_from: float
    unsure_below: float


def fit_temperature(
    logits: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
    *,
    low: float = 0.1,
    high: float = 10.0,
) -> float:
    """Return the temperature with the least cross-entropy on these logits (n, k) (Guo et al.,
    arXiv:1706.04599).

    The loss is convex in 1/T; the root of its slope is found by halving.
    """
    scaled = (logits - logits.max(axis=1, keepdims=True)).astype(np.float64)
    true = scaled[np.arange(len(labels)), labels]

    def slope(inverse: float) -> float:
        powers = np.exp(scaled * inverse)
        mean = (powers * scaled).sum(axis=1) / powers.sum(axis=1)
        return float((mean - true).mean())

    below, above = 1 / high, 1 / low
    for _ in range(_NUM_BISECTIONS):
        middle = (below + above) / 2
        below, above = (below, middle) if slope(middle) > 0 else (middle, above)
    return 2 / (below + above)


def select_thresholds(
    digits: npt.NDArray[np.float32],
    nondigits: Sequence[npt.NDArray[np.float32]],
    temperature: float,
) -> DecisionThresholds:
    """Return the thresholds for the logits (n, 11) of validation digits and sets of non-digits.

    People draw digits here far more often than in training: not_a_digit needs the highest
    probability, from LEAST_NOT_A_DIGIT to MOST_NOT_A_DIGIT, at which NONDIGITS_REJECTED of each set
    still reach it; more only where over DIGITS_REJECTED of the digits would reach it.
    """
    classes = compute_softmax(digits, temperature)
    reached = min(
        float(np.quantile(compute_softmax(part, temperature)[:, -1], 1 - MIN_NONDIGITS_REJECTED))
        for part in nondigits
    )
    allowed = float(np.quantile(classes[:, -1], 1 - MAX_DIGITS_REJECTED, method="higher"))
    wished = min(max(reached, MIN_REJECTION_THRESHOLD), MAX_REJECTION_THRESHOLD)
    unsure_below = select_confidence_threshold(classes[:, :-1].max(axis=1))
    return DecisionThresholds(round(max(wished, allowed), 3), unsure_below)


def select_confidence_threshold(confidence: npt.NDArray[np.float64]) -> float:
    """Return the confidence, from 0.5 to 0.99, below which DIGITS_UNSURE of these answers lie."""
    return round(min(max(float(np.quantile(confidence, TARGET_UNSURE_FRACTION)), 0.5), 0.99), 3)
