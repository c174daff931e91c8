"""Tests and intervals for two models with predictions for the same `n` drawings.

`won` is the number of drawings for which only the challenger is correct, `lost` the number for
which only the champion is correct.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Z_ONE_SIDED_95 = 1.6448536269514722
"""The 95 % quantile of the normal distribution."""

_NUM_BISECTIONS = 60


def compute_mcnemar_p(won: int, lost: int) -> float:
    """Return the two-sided p-value of the exact McNemar test (McNemar, 1947).

    It is a sign test: if both models are equally good, each differing drawing is won with
    probability 1/2.
    """
    n, fewer = won + lost, min(won, lost)
    tail = sum(math.comb(n, k) for k in range(fewer + 1))
    return min(1.0, 2 * tail / (1 << n))


def compute_tango_lower_bound(won: int, lost: int, n: int, *, z: float = Z_ONE_SIDED_95) -> float:
    """Return the lower bound, -1 to 1, of the challenger's accuracy minus the champion's.

    It is the lower end of Tango's score interval for paired proportions (Statistics in Medicine 17,
    1998, 891-908): the smallest difference that a score test at `z` does not reject. Unlike Wald's
    interval, it keeps its confidence level if few drawings differ, as here.
    """
    low, high = -1.0, (won - lost) / n
    for _ in range(_NUM_BISECTIONS):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if _compute_tango_score(won, lost, n, middle) > z else (low, middle)
        )
    return low


def compute_tango_interval(
    won: int, lost: int, n: int, *, z: float = 1.959963984540054
) -> list[float]:
    """Return both ends of Tango's interval; the default is 95 %."""
    return [
        compute_tango_lower_bound(won, lost, n, z=z),
        -compute_tango_lower_bound(lost, won, n, z=z),
    ]


def adjust_holm(values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for the family-wise error rate (Holm, Scandinavian Journal of
    Statistics 6, 1979, 65-70)."""
    order = sorted(range(len(values)), key=values.__getitem__)
    adjusted, largest = [0.0] * len(values), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, values[index] * (len(values) - rank)))
        adjusted[index] = largest
    return adjusted


def _compute_tango_score(won: int, lost: int, n: int, difference: float) -> float:
    """Return Tango's score statistic for a hypothetical difference."""
    b = (2 * n - won + lost) * difference - won - lost
    c = -lost * difference * (1 - difference)
    only_champion = (math.sqrt(max(0.0, b * b - 8 * n * c)) - b) / (4 * n)
    variance = n * (2 * only_champion + difference * (1 - difference))
    excess = won - lost - n * difference
    return excess / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, excess)
