"""Statistics of drift. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, log, sqrt

SMOOTHING = 0.5
"""Added to each count, so that an empty class does not make the PSI infinite."""


def compute_psi(baseline: Sequence[int], recent: Sequence[int]) -> float:
    """Return the population stability index: (q - p) ln(q / p), summed over the classes."""
    return sum(
        (q - p) * log(q / p)
        for p, q in zip(_smoothed_fractions(baseline), _smoothed_fractions(recent), strict=True)
    )


def compute_growth_p_value(baseline: tuple[int, int], recent: tuple[int, int]) -> float:
    """Return the one-sided p-value of the pooled z-test for growth between two proportions (count,
    number)."""
    (count_a, n_a), (count_b, n_b) = baseline, recent
    pooled = (count_a + count_b) / (n_a + n_b)
    error = sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
    if error == 0:
        return 1.0
    return 0.5 * erfc((count_b / n_b - count_a / n_a) / error / sqrt(2))


def adjust_holm(values: Sequence[float]) -> list[float]:
    """Return the Holm-adjusted p-values, in the order of `values`. `ml.evaluation.paired_tests` has
    the same function: the packages do not import each other."""
    order = sorted(range(len(values)), key=lambda index: values[index])
    adjusted, highest = [0.0] * len(values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, values[index] * (len(values) - rank)))
        adjusted[index] = highest
    return adjusted


def compute_shift(baseline: tuple[float, float, int], recent: tuple[float, float, int]) -> float:
    """Return Cohen's d, the difference of two means in pooled standard deviations. Each argument is
    (mean, variance, n)."""
    (mean_a, variance_a, n_a), (mean_b, variance_b, n_b) = baseline, recent
    pooled = ((n_a - 1) * variance_a + (n_b - 1) * variance_b) / (n_a + n_b - 2)
    return (mean_b - mean_a) / sqrt(pooled) if pooled else 0.0


def _smoothed_fractions(counts: Sequence[int]) -> list[float]:
    total = sum(counts) + SMOOTHING * len(counts)
    return [(count + SMOOTHING) / total for count in counts]
