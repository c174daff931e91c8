"""Repetitions of each user drawing in an epoch, under caps on the contribution of one user.

Without caps, all user drawings together are half as many as the rehearsal images, spread evenly, at
most 60 repetitions each. A user over a cap gets fewer repetitions.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ml.preprocessing.array_types import IntArray
from ml.retraining.retraining_config import LabelledDrawing, RetrainingConfig

UserLabel = tuple[str, int]
"""A user and a class."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """Repetitions of each drawing in an epoch, (n,) int64, and the users that a cap limited."""

    repetitions: IntArray
    capped_users: frozenset[str]


def allocate_repetitions(
    drawings: Sequence[LabelledDrawing],
    rehearsal_counts: Mapping[int, int],
    config: RetrainingConfig,
    epoch: int,
) -> Allocation:
    """Return the allocation of an epoch with this many rehearsal images of each class."""
    phase = epoch / config.epochs
    target = compute_target_repetitions(len(drawings), sum(rehearsal_counts.values()), config)
    repetitions = _round_rotating(len(drawings), target, phase)
    members: dict[UserLabel, list[int]] = defaultdict(list)
    for index, drawing in enumerate(drawings):
        members[drawing.user, drawing.label].append(index)
    wanted = {key: int(repetitions[indices].sum()) for key, indices in members.items()}
    allowed = apply_caps(wanted, rehearsal_counts, config)
    capped = [key for key in members if allowed[key] < wanted[key]]
    for key in capped:
        repetitions[members[key]] = _spread_evenly(len(members[key]), allowed[key], phase)
    return Allocation(repetitions, frozenset(user for user, _ in capped))


def compute_target_repetitions(
    num_drawings: int, num_rehearsal_images: int, config: RetrainingConfig
) -> float:
    """Return the mean repetitions of a drawing in an epoch without caps. Below 1, the drawings take
    turns."""
    tuning = config.tuning
    target = tuning.drawings_per_rehearsal_image * num_rehearsal_images / num_drawings
    return min(tuning.max_repetitions, target)


def apply_caps(
    wanted: Mapping[UserLabel, int], rehearsal_counts: Mapping[int, int], config: RetrainingConfig
) -> dict[UserLabel, int]:
    """Return the repetitions of each user and class such that both caps hold exactly.

    The caps are fractions of an epoch with its rehearsal images. Capping one user shrinks the epoch
    and so the limit of the others: repeat until nothing changes. The loop ends, because counts only
    decrease.
    """
    allowed = dict(wanted)
    previous: dict[UserLabel, int] | None = None
    while allowed != previous:
        previous = dict(allowed)
        if config.max_user_fraction_per_digit is not None:
            _apply_label_cap(allowed, rehearsal_counts, config.max_user_fraction_per_digit)
        if config.max_user_fraction is not None:
            _apply_user_cap(allowed, rehearsal_counts, config.max_user_fraction)
    return allowed


def _apply_label_cap(
    allowed: dict[UserLabel, int], rehearsal_counts: Mapping[int, int], cap: float
) -> None:
    totals: dict[int, int] = defaultdict(int, rehearsal_counts)
    for (_, label), count in allowed.items():
        totals[label] += count
    for (user, label), count in allowed.items():
        allowed[user, label] = min(count, math.floor(cap * totals[label]))


def _apply_user_cap(
    allowed: dict[UserLabel, int], rehearsal_counts: Mapping[int, int], cap: float
) -> None:
    limit = math.floor(cap * (sum(rehearsal_counts.values()) + sum(allowed.values())))
    totals: dict[str, int] = defaultdict(int)
    for (user, _), count in allowed.items():
        totals[user] += count
    for (user, label), count in allowed.items():
        if totals[user] > limit:
            allowed[user, label] = count * limit // totals[user]


def _round_rotating(count: int, mean: float, phase: float) -> IntArray:
    """Return `count` integers of this mean, rounded up or down. The positions rounded up move
    along as `phase` goes from 0 to 1."""
    steps: IntArray = np.diff(np.floor(mean * np.arange(count + 1) + phase)).astype(np.int64)
    return steps


def _spread_evenly(count: int, total: int, phase: float) -> IntArray:
    each, remainder = divmod(total, count)
    repetitions = np.full(count, each, dtype=np.int64)
    repetitions[(int(phase * count) + np.arange(remainder)) % count] += 1
    return repetitions
