"""The one rule by which what people say becomes what counts. Pure; docs/labeling.md tells it in
words for everybody, and both change together."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recognizer.models import Basis

MIN_AGREEING_USERS = 2
"""So many people have to agree where no reviewer has spoken …"""
MIN_AGREEMENT_WEIGHT = 1.5
"""… their weights must come to so much …"""
MIN_DISSENT_RATIO = 3
"""… and to more than so many times those of the others."""
WEIGHT_DECIMALS = 9  # sums of weights that differ by less are a tie


@dataclass(frozen=True, slots=True)
class Vote:
    """The newest that one person said and did not take back; `weight` from 0 to 1 by their record.
    `is_verdict`: said as a reviewer by somebody who is one now."""

    label_id: int
    person: int
    value: int
    weight: float
    is_review: bool


@dataclass(frozen=True, slots=True)
class Consensus:
    """What counts, what it rests on, and the newest label that says so."""

    value: int
    basis: Basis
    label_id: int


def aggregate_votes(voices: Sequence[Vote]) -> Consensus | None:
    """1. Reviewers decide: if they disagree the greater weight does, and a tie is no truth.
    2. Where no reviewer has spoken, agreement does: of at least TRUTH_PEOPLE people whose weights
       sum to at least TRUTH_WEIGHT, with dissent of less than a third of that.
    3. Else there is no truth, only what the owner claims.
    """
    verdicts = [voice for voice in voices if voice.is_review]
    return _weigh_reviews(verdicts) if verdicts else _find_agreement(voices)


def _weigh_reviews(verdicts: Sequence[Vote]) -> Consensus | None:
    totals = _sum_weights(verdicts)
    best = max(totals.values())
    values = [value for value, total in totals.items() if total == best]
    return _make_consensus(verdicts, values[0], Basis.REVIEW) if len(values) == 1 else None


def _find_agreement(voices: Sequence[Vote]) -> Consensus | None:
    totals = _sum_weights(voices)
    everything = sum(totals.values())
    for value, total in totals.items():
        people = {voice.person for voice in voices if voice.value == value}
        dissent = everything - total
        agreed = len(people) >= MIN_AGREEING_USERS and total >= MIN_AGREEMENT_WEIGHT
        if agreed and round(MIN_DISSENT_RATIO * dissent - total, WEIGHT_DECIMALS) < 0:
            return _make_consensus(voices, value, Basis.AGREEMENT)
    return None


def _sum_weights(voices: Iterable[Vote]) -> dict[int, float]:
    totals: dict[int, float] = defaultdict(float)
    for voice in voices:
        totals[voice.value] += voice.weight
    return {value: round(total, WEIGHT_DECIMALS) for value, total in totals.items()}


def _make_consensus(voices: Sequence[Vote], value: int, basis: Basis) -> Consensus:
    newest = max(voice.label_id for voice in voices if voice.value == value)
    return Consensus(value, basis, newest)
