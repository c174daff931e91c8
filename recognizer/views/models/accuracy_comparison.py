"""Two networks beside each other in words: on which sets and digits one reads better, and what luck
alone could explain."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recognizer.views.formatting import format_label, format_percent
from recognizer.views.models.card_sections import Card, iter_sets
from recognizer.views.models.descriptions import PART_TITLES, set_title

CRITICAL_Z = 1.96
"""So many standard errors apart, two shares differ by more than luck explains, one time in 20 aside
(two proportions, pooled)."""
DIGITS = range(10)
CRITICAL_Z_ELEVEN_TESTS = 2.84
"""The same for eleven comparisons made together (Bonferroni)."""


@dataclass(frozen=True)
class Proportion:
    right: int
    n: int

    @property
    def share(self) -> float:
        return self.right / self.n


@dataclass(frozen=True)
class AccuracyDifference:
    """`tone` is ok where the second is better beyond luck, bad where it is worse, else empty."""

    name: str
    part: str
    n: int
    first: str
    second: str
    points: str
    tone: str


@dataclass(frozen=True)
class DigitComparison:
    """A set digit by digit; `sentence` names the digits that differ by more than luck explains."""

    title: str
    part: str
    sentence: str
    rows: list[AccuracyDifference]


def compare_sets(first: Card, second: Card) -> list[AccuracyDifference]:
    """On the sets that both were measured on, where either of them can do anything at all: one of
    ten answers calls nothing no digit."""
    return [
        _compute_difference(
            set_title(name),
            _parse_proportion(one),
            _parse_proportion(other),
            part=PART_TITLES[part],
        )
        for part, name, one, other in _pair_sets(first, second)
        if one["accuracy"] or other["accuracy"]
    ]


def compare_digits(first: Card, second: Card, *, name: str) -> list[DigitComparison]:
    """Of every set of digits that both were measured on; `name` is that of the second."""
    return [
        _compare_rows(
            (PART_TITLES[part], set_title(key)), one["confusion"], other["confusion"], name=name
        )
        for part, key, one, other in _pair_sets(first, second)
        if "confusion" in one and "confusion" in other
    ]


def _pair_sets(
    first: Card, second: Card
) -> list[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]]:
    """(part, name, figures of each): of the final test, or else of the trial."""
    others = {(part, name): one for part, name, one in iter_sets(second)}
    pairs = [
        (part, name, one, others[part, name])
        for part, name, one in iter_sets(first)
        if (part, name) in others and one["n"] == others[part, name]["n"]
    ]
    return [pair for pair in pairs if pair[0] == pairs[0][0]]


def _compare_rows(
    titles: tuple[str, str],
    first: Sequence[Sequence[int]],
    second: Sequence[Sequence[int]],
    *,
    name: str,
) -> DigitComparison:
    rows = [
        _compute_difference(
            format_label(label),
            Proportion(row[label], sum(row)),
            Proportion(second[label][label], sum(second[label])),
            limit=CRITICAL_Z_ELEVEN_TESTS,
        )
        for label, row in enumerate(first)
        if sum(row) and sum(second[label])
    ]
    better = [row.name for row in rows if row.tone == "ok"]
    worse = [row.name for row in rows if row.tone == "bad"]
    part, title = titles
    return DigitComparison(title, part, _format_digits(name, better, worse), rows)


def _format_digits(name: str, better: Sequence[str], worse: Sequence[str]) -> str:
    if not better and not worse:
        return "No digit differs by more than luck could explain."
    said = [
        f"{_join_digits(digits) if len(digits) < len(DIGITS) else 'every digit'} {word}"
        for digits, word in ((better, "better"), (worse, "worse"))
        if digits
    ]
    return f"{name} reads {', '.join(said)}."


def _join_digits(digits: Sequence[str]) -> str:
    names = [f"{digit}s" if digit.isdigit() else digit for digit in digits]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _compute_difference(
    name: str, first: Proportion, second: Proportion, *, part: str = "", limit: float = CRITICAL_Z
) -> AccuracyDifference:
    difference = second.share - first.share
    pooled = (first.right + second.right) / (first.n + second.n)
    error = math.sqrt(pooled * (1 - pooled) * (1 / first.n + 1 / second.n))
    is_beyond_luck = error > 0 and abs(difference) > limit * error
    return AccuracyDifference(
        name=name,
        part=part,
        n=first.n,
        first=format_percent(first.share),
        second=format_percent(second.share),
        points=format_points(difference),
        tone=("ok" if difference > 0 else "bad") if is_beyond_luck else "",
    )


def format_points(difference: float) -> str:
    said = f"{100 * difference:+.2f}".replace("-", "−")
    return "0.00" if said.strip("+−") == "0.00" else said


def _parse_proportion(one: Mapping[str, Any]) -> Proportion:
    return Proportion(round(one["accuracy"] * one["n"]), int(one["n"]))
