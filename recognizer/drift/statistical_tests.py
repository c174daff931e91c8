"""The measures of drift. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, log, sqrt

SMOOTHING = 0.5
"""Added to each count, so that a class that was never seen is no infinite surprise."""


def compute_psi(before: Sequence[int], lately: Sequence[int]) -> float:
    """The population stability index: (q - p) ln(q / p), summed over the classes."""
    return sum(
        (q - p) * log(q / p)
        for p, q in zip(_smoothed_fractions(before), _smoothed_fractions(lately), strict=True)
    )


def compute_growth_p_value(before: tuple[int, int], lately: tuple[int, int]) -> float:
    """One-sided p that a share (count, of how many) has not grown: two proportions, pooled."""
    (count_a, n_a), (count_b, n_b) = before, lately
    pooled = (count_a + count_b) / (n_a + n_b)
    error = sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
    if error == 0:
        return 1.0
    return 0.5 * erfc((count_b / n_b - count_a / n_a) / error / sqrt(2))


def adjust_holm(values: Sequence[float]) -> list[float]:
    """Holm's step-down p values, in the order given."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    adjusted, highest = [0.0] * len(values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, values[place] * (len(values) - rank)))
        adjusted[place] = highest
    return adjusted


def compute_shift(before: tuple[float, float, int], lately: tuple[float, float, int]) -> float:
    """The difference of two means (mean, variance, n) in pooled standard deviations; Cohen's d."""
    (mean_a, variance_a, n_a), (mean_b, variance_b, n_b) = before, lately
    pooled = ((n_a - 1) * variance_a + (n_b - 1) * variance_b) / (n_a + n_b - 2)
    return (mean_b - mean_a) / sqrt(pooled) if pooled else 0.0


def _smoothed_fractions(counts: Sequence[int]) -> list[float]:
    whole = sum(counts) + SMOOTHING * len(counts)
    return [(count + SMOOTHING) / whole for count in counts]
