"""The training and holdout split with few users: `python -m bench.reviewers.holdout_rule`.

Users draw different numbers of digits (log-normal), and the champion errs at a rate that differs
between users. Reviewers label the drawings in the order of the review queue. The split of users,
the quota of holdout drawings, the priorities and the share of holdout drawings are the site's; only
the database is replaced by lists.

After each review the fraction of the reviewed drawings that can train is measured. The error rates
show whether the selection is random: those of the holdout users and of their reviewed drawings
should be the same as those of all users and of all their drawings.
"""

from __future__ import annotations

import argparse
import heapq
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev
from uuid import UUID

import django
import numpy as np
from django.test import override_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
django.setup()

from recognizer.models import Split  # noqa: E402 - Django first
from recognizer.review.holdout_quota import HoldoutCounts, compute_allowance  # noqa: E402
from recognizer.review.review_candidates import Candidate  # noqa: E402
from recognizer.review.review_queue_prioritization import (  # noqa: E402
    TURN_PENALTY,
    compute_priority,
)
from recognizer.snapshots.user_splits_and_pseudonyms import split_at  # noqa: E402

NUM_USERS = (3, 4, 5, 7, 10, 15, 20, 30, 50, 75, 100)
MEAN_DRAWINGS = 24
CHECKPOINT = 72  # reviews
CLAIM_FRACTION = 0.5
ERROR_RATE_BETA = (1, 9)
"""Distribution of the champion's error rate over users: 10 % on average, from 0.6 to 28 % for nine
of ten users."""


@dataclass(frozen=True, slots=True)
class HoldoutRun:
    """One simulated site."""

    lowest: float
    """Lowest fraction of the reviewed drawings that can train, after any number of reviews."""
    reviewed: int
    holdout: int
    early_training: int  # of the first CHECKPOINT reviews
    holdout_users: int
    user_bias: float
    """Mean error rate of the holdout users, minus that of all users."""
    holdout_bias: float
    """Error rate of the reviewed holdout drawings, minus that of all drawings of their users."""
    training_bias: float
    """The same of the drawings that can train, which are selected by errors among others."""


@dataclass(frozen=True, slots=True)
class _Drawing:
    candidate: Candidate
    is_misread: bool


class _Queue:
    """The drawings of each split in the order of the review queue, and the reviewed ones."""

    def __init__(self, splits: Sequence[Split], drawings: Sequence[_Drawing]) -> None:
        quota = HoldoutCounts()
        found: list[tuple[float, _Drawing]] = []
        for drawing in drawings:
            candidate = drawing.candidate
            is_needed = quota.needs_drawing(candidate)
            if is_needed:
                quota.add(candidate.expected_label, candidate.owner_id)
            if reason := compute_priority(candidate, is_holdout_needed=is_needed):
                found.append((reason[1], drawing))
        self._waiting: dict[Split, list[tuple[float, UUID, _Drawing]]] = {one: [] for one in Split}
        self.reviewed: dict[Split, list[_Drawing]] = {one: [] for one in Split}
        turns: Counter[int] = Counter()
        for priority, drawing in sorted(found, key=lambda pair: -pair[0]):
            owner_id = drawing.candidate.owner_id
            item = (TURN_PENALTY * turns[owner_id] - priority, drawing.candidate.id, drawing)
            heapq.heappush(self._waiting[splits[owner_id]], item)
            turns[owner_id] += 1

    def review_next(self) -> bool:
        """Review the first drawing that may be reviewed. Returns False if there is none."""
        allowance = compute_allowance(
            num_training=len(self.reviewed[Split.TRAINING]),
            num_holdout=len(self.reviewed[Split.HOLDOUT]),
        )
        open_splits = [
            one for one in Split if self._waiting[one] and (allowance > 0 or one == Split.TRAINING)
        ]
        if not open_splits:
            return False
        split = min(open_splits, key=lambda one: self._waiting[one][0])
        self.reviewed[split].append(heapq.heappop(self._waiting[split])[2])
        return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, nargs="+", default=NUM_USERS)
    parser.add_argument("--seeds", type=int, default=50)
    options = parser.parse_args()
    print(
        "| users | holdout users | lowest fraction | training of the first 72 | holdout reviewed "
        "| error rate: holdout users | holdout drawings | training drawings |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for users in options.users:
        runs = [simulate(users, seed) for seed in range(options.seeds)]
        print(
            f"| {users} | {_format_range([one.holdout_users for one in runs])} "
            f"| {min(one.lowest for one in runs):.0%} "
            f"| {_format_range([one.early_training for one in runs])} "
            f"| {fmean(one.holdout / one.reviewed for one in runs):.0%} "
            f"| {_format_bias([one.user_bias for one in runs])} "
            f"| {_format_bias([one.holdout_bias for one in runs])} "
            f"| {_format_bias([one.training_bias for one in runs])} |"
        )


def simulate(num_users: int, seed: int) -> HoldoutRun:
    """Return a site with `num_users` users whose drawings are reviewed until none is left."""
    rng = np.random.default_rng([num_users, seed])
    with override_settings(SECRET_KEY=f"site {seed}"):  # another choice of holdout users
        splits = [split_at(place) for place in range(num_users)]
    error_rates = rng.beta(*ERROR_RATE_BETA, num_users)
    amounts = np.ceil(rng.lognormal(np.log(MEAN_DRAWINGS), 1, num_users)).astype(int)
    drawings = [
        _make_drawing(owner_id, splits[owner_id], error_rates[owner_id], rng)
        for owner_id in np.repeat(np.arange(num_users), amounts).tolist()
    ]
    queue = _Queue(splits, [drawings[place] for place in rng.permutation(len(drawings))])
    lowest, early, total = 1.0, 0, 0
    while queue.review_next():
        total += 1
        num_training = len(queue.reviewed[Split.TRAINING])
        lowest = min(lowest, num_training / total)
        if total <= CHECKPOINT:
            early = num_training
    is_held_out = [split == Split.HOLDOUT for split in splits]
    return HoldoutRun(
        lowest=lowest,
        reviewed=total,
        holdout=len(queue.reviewed[Split.HOLDOUT]),
        early_training=early,
        holdout_users=sum(is_held_out),
        user_bias=float(error_rates[is_held_out].mean() - error_rates.mean()),
        holdout_bias=_compare_with_users(queue.reviewed[Split.HOLDOUT], drawings),
        training_bias=_compare_with_users(queue.reviewed[Split.TRAINING][:CHECKPOINT], drawings),
    )


def compute_z(values: Sequence[float]) -> float:
    """Return the mean in standard errors."""
    return fmean(values) / (stdev(values) / sqrt(len(values)))


def _compare_with_users(reviewed: Sequence[_Drawing], drawings: Sequence[_Drawing]) -> float:
    """Return the error rate of the reviewed drawings, minus the mean of what each drawing's user
    has."""
    misread: dict[int, list[bool]] = {}
    for drawing in drawings:
        misread.setdefault(drawing.candidate.owner_id, []).append(drawing.is_misread)
    rates = {owner_id: fmean(values) for owner_id, values in misread.items()}
    return fmean(one.is_misread - rates[one.candidate.owner_id] for one in reviewed)


def _make_drawing(
    owner_id: int, split: Split, error_rate: float, rng: np.random.Generator
) -> _Drawing:
    """Return a drawing. The champion is less confident where it errs."""
    digit, other = (int(one) for one in rng.choice(10, 2, replace=False))
    is_misread = bool(rng.random() < error_rate)
    predicted, second = (other, digit) if is_misread else (digit, other)
    confidence = float(rng.beta(3, 1) if is_misread else rng.beta(8, 1))
    probabilities = [0.0] * 10
    probabilities[predicted], probabilities[second] = confidence, 1 - confidence
    candidate = Candidate(
        id=UUID(bytes=rng.bytes(16)),
        owner_id=owner_id,
        revision=1,
        is_holdout=split == Split.HOLDOUT,
        claim=digit if rng.random() < CLAIM_FRACTION else None,
        predicted_label=predicted,
        is_confident=confidence > 0.7,
        confidence=confidence,
        probabilities=probabilities,
    )
    return _Drawing(candidate, is_misread)


def _format_range(values: Sequence[int]) -> str:
    return f"{min(values)}–{max(values)}" if min(values) < max(values) else str(values[0])


def _format_bias(values: Sequence[float]) -> str:
    """Return the mean and its standard error in percentage points."""
    error = stdev(values) / sqrt(len(values))
    return f"{100 * fmean(values):+.1f} ± {100 * error:.1f}"


if __name__ == "__main__":
    main()
