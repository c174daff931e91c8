"""The one rule by which what people say becomes what counts. Pure; docs/learning.md tells it in
words for everybody, and both change together."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recognizer.models import Basis

TRUTH_PEOPLE = 2
"""So many people have to agree where no reviewer has spoken …"""
TRUTH_WEIGHT = 1.5
"""… their weights must come to so much …"""
DISSENT_TIMES = 3
"""… and to more than so many times those of the others."""
DECIMALS = 9  # sums of weights that differ by less are a tie


@dataclass(frozen=True, slots=True)
class Voice:
    """The newest that one person said and did not take back; `weight` from 0 to 1 by their record.
    `is_verdict`: said as a reviewer by somebody who is one now."""

    label_id: int
    person: int
    value: int
    weight: float
    is_verdict: bool


@dataclass(frozen=True, slots=True)
class Settled:
    """What counts, what it rests on, and the newest label that says so."""

    value: int
    basis: Basis
    label_id: int


def settle_voices(voices: Sequence[Voice]) -> Settled | None:
    """1. Reviewers decide: if they disagree the greater weight does, and a tie is no truth.
    2. Where no reviewer has spoken, agreement does: of at least TRUTH_PEOPLE people whose weights
       sum to at least TRUTH_WEIGHT, with dissent of less than a third of that.
    3. Else there is no truth, only what the owner claims.
    """
    verdicts = [voice for voice in voices if voice.is_verdict]
    return _weigh_verdicts(verdicts) if verdicts else _find_agreement(voices)


def _weigh_verdicts(verdicts: Sequence[Voice]) -> Settled | None:
    totals = _totals(verdicts)
    best = max(totals.values())
    values = [value for value, total in totals.items() if total == best]
    return _settled(verdicts, values[0], Basis.REVIEW) if len(values) == 1 else None


def _find_agreement(voices: Sequence[Voice]) -> Settled | None:
    totals = _totals(voices)
    everything = sum(totals.values())
    for value, total in totals.items():
        people = {voice.person for voice in voices if voice.value == value}
        dissent = everything - total
        agreed = len(people) >= TRUTH_PEOPLE and total >= TRUTH_WEIGHT
        if agreed and round(DISSENT_TIMES * dissent - total, DECIMALS) < 0:
            return _settled(voices, value, Basis.AGREEMENT)
    return None


def _totals(voices: Iterable[Voice]) -> dict[int, float]:
    totals: dict[int, float] = defaultdict(float)
    for voice in voices:
        totals[voice.value] += voice.weight
    return {value: round(total, DECIMALS) for value, total in totals.items()}


def _settled(voices: Sequence[Voice], value: int, basis: Basis) -> Settled:
    newest = max(voice.label_id for voice in voices if voice.value == value)
    return Settled(value, basis, newest)
