"""How often an epoch shows each drawing: evenly, and nobody's more than their share. Pure.

The rule: people's drawings together are shown half as often as rehearsal, dealt evenly, no drawing
more than 60 times an epoch; then whoever is over a cap has their own drawings shown less often.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.retraining.retraining_config import LabelledDrawing, RetrainingConfig

IntArray = npt.NDArray[np.int64]
UserLabel = tuple[str, int]
"""A person and a label."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """How often each drawing is shown in one epoch, (n,) int64, and the people a cap held back."""

    times: IntArray
    capped: frozenset[str]


def allocate_repetitions(
    samples: Sequence[LabelledDrawing],
    rehearsed: Mapping[int, int],
    request: RetrainingConfig,
    epoch: int,
) -> Allocation:
    """Return the deal of an epoch beside `rehearsed` pictures of each label."""
    wish = compute_target_repetitions(len(samples), sum(rehearsed.values()), request)
    turn = epoch / request.epochs
    times = _round_rotating(len(samples), wish, turn)
    groups: dict[UserLabel, list[int]] = defaultdict(list)
    for index, sample in enumerate(samples):
        groups[sample.person, sample.label].append(index)
    wished = {group: int(times[members].sum()) for group, members in groups.items()}
    allowed = apply_caps(wished, rehearsed, request)
    capped = [group for group in groups if allowed[group] < wished[group]]
    for group in capped:
        times[groups[group]] = _spread_evenly(len(groups[group]), allowed[group], turn)
    return Allocation(times, frozenset(person for person, _ in capped))


def compute_target_repetitions(drawings: int, rehearsed: int, request: RetrainingConfig) -> float:
    """Return how often an epoch would show each drawing without caps; less than 1 is in turn."""
    tuning = request.tuning
    return min(tuning.max_repetitions, tuning.drawings_per_rehearsal_image * rehearsed / drawings)


def apply_caps(
    wished: Mapping[UserLabel, int], rehearsed: Mapping[int, int], request: RetrainingConfig
) -> dict[UserLabel, int]:
    """Return what of each group is shown so that both caps hold exactly, rehearsal counted.

    Showing less of one person lowers the whole that the shares are of, so it is repeated until
    nothing changes; nothing ever rises.
    """
    allowed = dict(wished)
    before: dict[UserLabel, int] | None = None
    while allowed != before:
        before = dict(allowed)
        if request.max_user_fraction_per_digit is not None:
            _apply_label_cap(allowed, rehearsed, request.max_user_fraction_per_digit)
        if request.max_user_fraction is not None:
            _apply_user_cap(allowed, rehearsed, request.max_user_fraction)
    return allowed


def _apply_label_cap(
    allowed: dict[UserLabel, int], rehearsed: Mapping[int, int], cap: float
) -> None:
    whole: dict[int, int] = defaultdict(int, rehearsed)
    for (_, label), count in allowed.items():
        whole[label] += count
    for person, label in allowed:
        most = math.floor(cap * whole[label])
        allowed[person, label] = min(allowed[person, label], most)


def _apply_user_cap(
    allowed: dict[UserLabel, int], rehearsed: Mapping[int, int], cap: float
) -> None:
    most = math.floor(cap * (sum(rehearsed.values()) + sum(allowed.values())))
    shown: dict[str, int] = defaultdict(int)
    for (person, _), count in allowed.items():
        shown[person] += count
    for person, label in allowed:
        if shown[person] > most:
            allowed[person, label] = allowed[person, label] * most // shown[person]


def _round_rotating(count: int, wish: float, turn: float) -> IntArray:
    """Return `count` whole numbers of mean `wish`. Who gets the one more goes round as `turn` goes
    from 0 to 1 with the epochs."""
    times: IntArray = np.diff(np.floor(wish * np.arange(count + 1) + turn)).astype(np.int64)
    return times


def _spread_evenly(count: int, whole: int, turn: float) -> IntArray:
    each, more = divmod(whole, count)
    times = np.full(count, each, dtype=np.int64)
    times[(int(turn * count) + np.arange(more)) % count] += 1
    return times
