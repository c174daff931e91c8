"""The rule that derives ground truth from labels. Pure functions.

docs/labeling.md explains the rule to users; change both together.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recognizer.models import Basis

MIN_AGREEING_USERS = 2
MIN_AGREEMENT_WEIGHT = 1.5
"""The least sum of the weights of the agreeing users."""
MIN_DISSENT_RATIO = 3
"""The agreeing weight must exceed the dissenting weight by more than this factor."""
WEIGHT_DECIMALS = 9  # sums of weights that differ by less are a tie


@dataclass(frozen=True, slots=True)
class Vote:
    """The latest label of one user that was not withdrawn. `weight` is the label weight, 0 to 1.
    `is_review` is true if a user who is a reviewer now labelled it in a review, `is_from_queue` if
    the user has labelled a review item of the drawing."""

    label_id: int
    user_id: int
    value: int
    weight: float
    is_review: bool
    is_from_queue: bool = True


@dataclass(frozen=True, slots=True)
class Consensus:
    """The agreed value, its basis, and the newest label with this value."""

    value: int
    basis: Basis
    label_id: int


def aggregate_votes(votes: Sequence[Vote]) -> Consensus | None:
    """Return the agreed label, or None if there is none.

    1. If there are reviews, the value with the greatest total weight wins. A tie gives None.
    2. Otherwise at least MIN_AGREEING_USERS users must agree. Their weights must sum to at least
    MIN_AGREEMENT_WEIGHT, and to more than MIN_DISSENT_RATIO times the weights of the others.
    """
    reviews = [vote for vote in votes if vote.is_review]
    return _weigh_reviews(reviews) if reviews else _find_agreement(votes)


def count_required_reviewers(
    value: int, *, claim: int | None, predicted: int, is_confident: bool
) -> int:
    """Return how many reviewers must agree on a label before models are trained with it.

    One is enough, unless the label contradicts a confident prediction, or the claim of a drawing
    whose prediction is unsure. Against a confident prediction a claim counts as one of three. One
    reviewer alone, or two who always agree with each other, can then add no systematic errors.
    """
    if is_confident:
        if value == predicted:
            return 1
        return 2 if value == claim else 3
    return 1 if value == (predicted if claim is None else claim) else 2


def _weigh_reviews(reviews: Sequence[Vote]) -> Consensus | None:
    totals = _sum_weights(reviews)
    best = max(totals.values())
    values = [value for value, total in totals.items() if total == best]
    return _make_consensus(reviews, values[0], Basis.REVIEW) if len(values) == 1 else None


def _find_agreement(votes: Sequence[Vote]) -> Consensus | None:
    totals = _sum_weights(votes)
    sum_of_all = sum(totals.values())
    for value, total in totals.items():
        users = {vote.user_id for vote in votes if vote.value == value}
        dissent = sum_of_all - total
        is_enough = len(users) >= MIN_AGREEING_USERS and total >= MIN_AGREEMENT_WEIGHT
        if is_enough and round(MIN_DISSENT_RATIO * dissent - total, WEIGHT_DECIMALS) < 0:
            return _make_consensus(votes, value, Basis.AGREEMENT)
    return None


def _sum_weights(votes: Iterable[Vote]) -> dict[int, float]:
    totals: dict[int, float] = defaultdict(float)
    for vote in votes:
        totals[vote.value] += vote.weight
    return {value: round(total, WEIGHT_DECIMALS) for value, total in totals.items()}


def _make_consensus(votes: Sequence[Vote], value: int, basis: Basis) -> Consensus:
    newest = max(vote.label_id for vote in votes if vote.value == value)
    return Consensus(value, basis, newest)
