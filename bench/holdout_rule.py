"""Simulation of the training and holdout split with few users: `python -m bench.holdout_rule`.

Users draw different numbers of digits (log-normal) and reviewers label them in the order of the
review queue. The split of users, the quota of holdout drawings, the priorities and the share of
holdout drawings are the site's; only the database is replaced by lists. After each review the
fraction of the reviewed drawings that can train is measured.
"""

from __future__ import annotations

import argparse
import heapq
import os
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from uuid import UUID

import django
import numpy as np
from django.test import override_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
django.setup()

from recognizer.models import Split  # noqa: E402 - Django first
from recognizer.review.holdout_quota import HoldoutCounts, is_holdout_due  # noqa: E402
from recognizer.review.review_candidates import Candidate  # noqa: E402
from recognizer.review.review_queue_prioritization import (  # noqa: E402
    TURN_PENALTY,
    compute_priority,
)
from recognizer.snapshots.user_splits_and_pseudonyms import split_at  # noqa: E402

NUM_USERS = (3, 4, 5, 7, 10, 15, 20, 30, 50, 75, 100)
MEAN_DRAWINGS = 24
CHECKPOINT = 72  # reviews


@dataclass(frozen=True, slots=True)
class HoldoutRun:
    """One simulated site. `lowest` is the lowest fraction of reviewed drawings that can train,
    after any number of reviews."""

    lowest: float
    reviewed: int
    holdout: int
    early_training: int  # of the first CHECKPOINT reviews
    holdout_users: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, nargs="+", default=NUM_USERS)
    parser.add_argument("--seeds", type=int, default=50)
    options = parser.parse_args()
    print(
        "| users | holdout users | lowest fraction | training of the first 72 | holdout reviewed |"
    )
    print("|---|---|---|---|---|")
    for users in options.users:
        runs = [simulate(users, seed) for seed in range(options.seeds)]
        print(
            f"| {users} | {_format_range([one.holdout_users for one in runs])} "
            f"| {min(one.lowest for one in runs):.0%} "
            f"| {_format_range([one.early_training for one in runs])} "
            f"| {fmean(one.holdout / one.reviewed for one in runs):.0%} |"
        )


def simulate(num_users: int, seed: int) -> HoldoutRun:
    """Return a site with `num_users` users whose drawings are reviewed until none is left."""
    rng = np.random.default_rng([num_users, seed])
    with override_settings(SECRET_KEY=f"site {seed}"):  # another choice of holdout users
        splits = [split_at(place) for place in range(num_users)]
    queue = _fill_queue(splits, rng)
    counts = {Split.TRAINING: 0, Split.HOLDOUT: 0}
    lowest, early = 1.0, 0
    while split := _take_next(queue, counts):
        counts[split] += 1
        total = sum(counts.values())
        lowest = min(lowest, counts[Split.TRAINING] / total)
        if total <= CHECKPOINT:
            early = counts[Split.TRAINING]
    return HoldoutRun(
        lowest, sum(counts.values()), counts[Split.HOLDOUT], early, splits.count(Split.HOLDOUT)
    )


def _fill_queue(
    splits: Sequence[Split], rng: np.random.Generator
) -> dict[Split, list[tuple[float, UUID]]]:
    """Return a heap of the drawings of each split, by descending priority."""
    quota = HoldoutCounts()
    queue: dict[Split, list[tuple[float, UUID]]] = {split: [] for split in Split}
    amounts = np.ceil(rng.lognormal(np.log(MEAN_DRAWINGS), 1, len(splits))).astype(int)
    for owner_id, (split, amount) in enumerate(zip(splits, amounts.tolist(), strict=True)):
        for turn in range(amount):
            candidate = _make_candidate(owner_id, split, rng)
            is_needed = quota.needs_drawing(candidate)
            if is_needed:
                quota.add(candidate.expected_label, owner_id)
            if found := compute_priority(candidate, is_holdout_needed=is_needed):
                priority = max(0.0, found[1] - TURN_PENALTY * turn)
                heapq.heappush(queue[split], (-priority, candidate.id))
    return queue


def _make_candidate(owner_id: int, split: Split, rng: np.random.Generator) -> Candidate:
    digit, second = (int(one) for one in rng.choice(10, 2, replace=False))
    confidence = float(rng.beta(8, 1))
    probabilities = [0.0] * 10
    probabilities[digit], probabilities[second] = confidence, 1 - confidence
    return Candidate(
        id=UUID(bytes=rng.bytes(16)),
        owner_id=owner_id,
        revision=1,
        is_holdout=split == Split.HOLDOUT,
        claim=digit if rng.random() < 0.9 else second,
        predicted_label=digit,
        is_confident=confidence > 0.7,
        confidence=confidence,
        probabilities=probabilities,
    )


def _take_next(
    queue: dict[Split, list[tuple[float, UUID]]], counts: dict[Split, int]
) -> Split | None:
    """Remove the next drawing and return its split, or None if no drawing may be reviewed."""
    is_due = is_holdout_due(num_training=counts[Split.TRAINING], num_holdout=counts[Split.HOLDOUT])
    open_splits = [split for split in Split if queue[split] and (is_due or split == Split.TRAINING)]
    if not open_splits:
        return None
    split = min(open_splits, key=lambda one: queue[one][0])
    heapq.heappop(queue[split])
    return split


def _format_range(values: Sequence[int]) -> str:
    return f"{min(values)}–{max(values)}" if min(values) < max(values) else str(values[0])


if __name__ == "__main__":
    main()
