"""Random selection of the digits of a challenge, with known probabilities. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

NUM_DIGITS: Final = 10
NUM_PROMPTS: Final = 10
UNIFORM_SHARE: Final = 0.5
"""The part of the probability that all digits share equally. So no probability is below 0.05, and
no weight of the estimate is above 2."""
PRIOR_ERRORS: Final = 1.0
PRIOR_DRAWINGS: Final = 20.0
"""An error rate starts from one error in twenty drawings, so that few drawings change it little."""


@dataclass(frozen=True, slots=True)
class SelectedPrompt:
    """A digit, and the probability that this position of the challenge has this digit."""

    digit: int
    probability: float


def compute_probabilities(
    *, num_missing: Sequence[int], num_wrong: Sequence[int], num_predicted: Sequence[int]
) -> list[float]:
    """Return the probability of each digit.

    Half of it is uniform. A quarter goes to the digits in proportion to the champion's error rates
    (`num_wrong` of `num_predicted` drawings), and a quarter in proportion to the drawings that the
    holdout lacks (`num_missing`). A part without data is uniform, too.
    """
    rates = [
        (wrong + PRIOR_ERRORS) / (total + PRIOR_DRAWINGS)
        for wrong, total in zip(num_wrong, num_predicted, strict=True)
    ]
    part = (1 - UNIFORM_SHARE) / 2
    shares = zip(_normalize(rates), _normalize(num_missing), strict=True)
    return [
        UNIFORM_SHARE / NUM_DIGITS + part * weakness + part * missing
        for weakness, missing in shares
    ]


def select_prompts(probabilities: Sequence[float], random: Random) -> list[SelectedPrompt]:
    """Return NUM_PROMPTS digits in random order.

    Systematic sampling (Cochran, Sampling Techniques, 3rd edition, section 8.1): one random start
    and equal steps over the cumulative probabilities of the digits in random order. A digit of
    probability p appears 10 p times, rounded up or down at random, so a challenge has few repeated
    digits. Each position has each digit with exactly its probability.
    """
    order = list(range(NUM_DIGITS))
    random.shuffle(order)
    step = sum(probabilities) / NUM_PROMPTS
    point, end = random.random() * step, 0.0
    selected: list[int] = []
    for digit in order:
        end += probabilities[digit]
        while point < end and len(selected) < NUM_PROMPTS:
            selected.append(digit)
            point += step
    while len(selected) < NUM_PROMPTS:  # the last sum was rounded down
        selected.append(order[-1])
    random.shuffle(selected)
    return [SelectedPrompt(digit, probabilities[digit]) for digit in selected]


def _normalize(values: Sequence[float]) -> list[float]:
    total = sum(values)
    if not total:
        return [1 / NUM_DIGITS] * NUM_DIGITS
    return [value / total for value in values]
