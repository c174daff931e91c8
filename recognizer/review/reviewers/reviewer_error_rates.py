"""Error rates of reviewers by digit, and the test that finds unreliable reviewers. Pure functions.

docs/labeling.md explains the rule; change both together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import exp, lgamma, log
from statistics import median
from typing import Final
from uuid import UUID

ALL_DIGITS: Final = None
"""The key of all labels of a reviewer together."""
SIGNIFICANCE_LEVEL = 0.001
"""Chance that any honest reviewer is found, adjusted for the number of tests (Bonferroni)."""
MAX_HONEST_ERROR_RATE = {True: 0.1, False: 0.08}
"""Error rates that are allowed for every reviewer: on one digit (True), and overall."""
MAX_RATIO_TO_OTHERS = 2
"""A reviewer may err this many times as often as the median of the others: on hard drawings all
reviewers err."""
NUM_ASSUMED_CORRECT = 10
"""Correct labels that are added to those of the others: one error of a new reviewer must not raise
the allowed rate of all."""
MIN_INCORRECT = 5
NUM_RECENT = 40
"""The latest labels of a reviewer are tested alone, too: many correct labels of the past must not
hide new errors."""
MAX_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class ReviewedDrawing:
    """The blind labels of one drawing by reviewer, and what else is known about it.

    `predicted` is the label of a confident prediction, `gold` the certain label. Each is None if
    unknown.
    """

    id: UUID
    labels: dict[int, int] = field(default_factory=dict)
    predicted: int | None = None
    claim: int | None = None
    gold: int | None = None


@dataclass(slots=True)
class ErrorCounts:
    """Counts of one reviewer, by the correct digit. `incorrect` counts by the label given."""

    compared: int = 0
    incorrect: Counter[int] = field(default_factory=Counter)
    examples: list[UUID] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """The error rate with NUM_ASSUMED_CORRECT more correct labels."""
        return self.incorrect.total() / (self.compared + NUM_ASSUMED_CORRECT)


@dataclass(frozen=True, slots=True)
class ErrorFinding:
    """A reviewer with significantly many incorrect labels of `digit`, or of ALL_DIGITS."""

    user_id: int
    digit: int | None
    labelled_as: int
    num_incorrect: int
    num_compared: int
    expected_rate: float
    p_value: float
    examples: tuple[UUID, ...]


Counts = dict[tuple[int, int | None], ErrorCounts]


def count_errors(drawings: Iterable[ReviewedDrawing], *, limit: int | None = None) -> Counts:
    """Count the labels of each reviewer, by the correct digit and in total: the first `limit` of
    each, or all.

    The correct digit is the gold label, else the majority of the other reviewers, the claim and the
    confident prediction. A label is incorrect only if gold or another reviewer contradicts it: a
    model and a claim alone accuse no reviewer. A label that all of them support counts as compared,
    because a label that contradicts them is always compared later.
    """
    counts: Counts = defaultdict(ErrorCounts)
    for drawing in drawings:
        for user_id, value in drawing.labels.items():
            others = [other for id, other in drawing.labels.items() if id != user_id]
            correct = _find_correct(drawing, others)
            if correct is None:
                continue
            is_witnessed = correct in others or drawing.gold is not None
            if value != correct and not is_witnessed:
                continue
            for key in ((user_id, correct), (user_id, ALL_DIGITS)):
                if counts[key].compared == limit:
                    continue
                counts[key].compared += 1
                if value != correct:
                    counts[key].incorrect[value] += 1
                    counts[key].examples.append(drawing.id)
    return dict(counts)


def find_unreliable(drawings: Sequence[ReviewedDrawing]) -> ErrorFinding | None:
    """Return the most significant finding, those on one digit first, or None.

    Each reviewer is tested on each digit and overall: an exact binomial test of the error rate
    against the larger of MAX_HONEST_ERROR_RATE and MAX_RATIO_TO_OTHERS times the median rate of the
    other reviewers. It tests all labels, and the latest NUM_RECENT. `drawings` are sorted by
    descending time.
    """
    all_counts = count_errors(drawings)
    recent = count_errors(drawings, limit=NUM_RECENT)
    tested = list(all_counts.items())
    tested += [(key, count) for key, count in recent.items() if count != all_counts[key]]
    findings = []
    for (user_id, digit), count in tested:
        others = [
            other.rate for (id, of), other in all_counts.items() if of == digit and id != user_id
        ]
        rate = max(
            MAX_HONEST_ERROR_RATE[digit is not ALL_DIGITS],
            MAX_RATIO_TO_OTHERS * median(others or [0.0]),
        )
        num_incorrect = count.incorrect.total()
        p = compute_binomial_tail(num_incorrect, count.compared, min(rate, 0.9))
        if num_incorrect >= MIN_INCORRECT and p < SIGNIFICANCE_LEVEL / len(tested):
            findings.append(
                ErrorFinding(
                    user_id=user_id,
                    digit=digit,
                    labelled_as=count.incorrect.most_common(1)[0][0],
                    num_incorrect=num_incorrect,
                    num_compared=count.compared,
                    expected_rate=rate,
                    p_value=p,
                    examples=tuple(count.examples[:MAX_EXAMPLES]),
                )
            )
    return min(findings, key=lambda one: (one.digit is ALL_DIGITS, one.p_value), default=None)


def compute_binomial_tail(successes: int, trials: int, p: float) -> float:
    """Return the probability of at least `successes` of `trials`, each with probability `p`
    (0 < p < 1). Logarithms of the terms avoid an overflow."""
    log_terms = (
        lgamma(trials + 1)
        - lgamma(count + 1)
        - lgamma(trials - count + 1)
        + count * log(p)
        + (trials - count) * log(1 - p)
        for count in range(successes, trials + 1)
    )
    return min(1.0, sum(exp(term) for term in log_terms))


def _find_correct(drawing: ReviewedDrawing, others: list[int]) -> int | None:
    if drawing.gold is not None:
        return drawing.gold
    voices = [*others, drawing.claim, drawing.predicted]
    ranked = Counter(value for value in voices if value is not None).most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]
