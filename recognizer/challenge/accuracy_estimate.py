"""Estimate of the champion's accuracy from prompted drawings. Pure.

The prompts are a random sample with known, unequal probabilities. Weights of 1 / probability make
the estimate that of equally frequent digits (the ratio estimator of Hájek; Lohr, Sampling: Design
and Analysis, 2nd edition, sections 6.4 and 9.2).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TypeVar

Z_95 = 1.959964
NUM_DIGITS = 10

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class PromptResult:
    """The prediction of one prompted drawing. `week` is the ISO date of its Monday."""

    user_id: int
    digit: int
    probability: float
    is_recognized: bool
    pointer: str = ""
    week: str = ""

    @property
    def weight(self) -> float:
        return 1 / (NUM_DIGITS * self.probability)


@dataclass(frozen=True, slots=True)
class AccuracyEstimate:
    """An accuracy with its 95 % interval, from `n` drawings of `num_users` users."""

    n: int
    num_users: int
    accuracy: float
    low: float
    high: float


def estimate_accuracy(results: Sequence[PromptResult]) -> AccuracyEstimate | None:
    """Return the weighted accuracy; None without results.

    The interval is Wilson's with the effective number of drawings: unequal weights and drawings of
    the same user, which resemble each other, make it smaller than `n`.
    """
    if not results:
        return None
    total = sum(one.weight for one in results)
    accuracy = sum(one.weight * one.is_recognized for one in results) / total
    low, high = wilson_interval(accuracy, _count_effective(results, accuracy))
    return AccuracyEstimate(
        n=len(results),
        num_users=len({one.user_id for one in results}),
        accuracy=accuracy,
        low=low,
        high=high,
    )


def estimate_groups(
    results: Iterable[PromptResult], key: Callable[[PromptResult], K]
) -> dict[K, AccuracyEstimate]:
    """Return the estimate of each group of results."""
    groups: dict[K, list[PromptResult]] = defaultdict(list)
    for one in results:
        groups[key(one)].append(one)
    estimates = {name: estimate_accuracy(group) for name, group in groups.items()}
    return {name: one for name, one in estimates.items() if one is not None}


def wilson_interval(share: float, n: float) -> tuple[float, float]:
    """Return the 95 % score interval of a share (Wilson, 1927); `n` may be a fraction."""
    if n <= 0:
        return 0.0, 1.0
    z = Z_95
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def _count_effective(results: Sequence[PromptResult], accuracy: float) -> float:
    """Return the number of independent drawings of equal weight with the same variance.

    The variance is that of the ratio estimator with users as clusters. Kish's number for unequal
    weights is an upper bound, and the only one if no prediction differs.
    """
    weights = [one.weight for one in results]
    total = sum(weights)
    kish = total**2 / sum(weight**2 for weight in weights)
    residuals: dict[int, float] = defaultdict(float)
    for one in results:
        residuals[one.user_id] += one.weight * (one.is_recognized - accuracy)
    users = len(residuals)
    if users < 2:
        return min(kish, 1.0)  # one user shows little about others
    variance = users / (users - 1) * sum(one**2 for one in residuals.values()) / total**2
    spread = accuracy * (1 - accuracy)
    return min(kish, spread / variance) if variance > 0 and spread > 0 else kish
