"""Two networks beside each other in words: on which sets and digits one reads better, and what luck
alone could explain."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recognizer.pages.cards import say_label
from recognizer.pages.model_card import Card, walk_sets
from recognizer.pages.model_prose import PARTS, name_set
from recognizer.pages.verdict import say_percent

BEYOND_LUCK = 1.96
"""So many standard errors apart, two shares differ by more than luck explains, one time in 20 aside
(two proportions, pooled)."""
DIGITS = range(10)
OF_ELEVEN = 2.84
"""The same for eleven comparisons made together (Bonferroni)."""


@dataclass(frozen=True)
class Share:
    right: int
    n: int

    @property
    def share(self) -> float:
        return self.right / self.n


@dataclass(frozen=True)
class Difference:
    """`tone` is ok where the second is better beyond luck, bad where it is worse, else empty."""

    name: str
    part: str
    n: int
    first: str
    second: str
    points: str
    tone: str


@dataclass(frozen=True)
class DigitDifferences:
    """A set digit by digit; `sentence` names the digits that differ by more than luck explains."""

    title: str
    part: str
    sentence: str
    rows: list[Difference]


def compare_sets(first: Card, second: Card) -> list[Difference]:
    """On the sets that both were measured on, where either of them can do anything at all: one of
    ten answers calls nothing no digit."""
    return [
        _differ(name_set(name), _share(one), _share(other), part=PARTS[part])
        for part, name, one, other in _pair_sets(first, second)
        if one["accuracy"] or other["accuracy"]
    ]


def compare_digits(first: Card, second: Card, *, name: str) -> list[DigitDifferences]:
    """Of every set of digits that both were measured on; `name` is that of the second."""
    return [
        _compare_rows((PARTS[part], name_set(key)), one["confusion"], other["confusion"], name=name)
        for part, key, one, other in _pair_sets(first, second)
        if "confusion" in one and "confusion" in other
    ]


def _pair_sets(
    first: Card, second: Card
) -> list[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]]:
    """(part, name, figures of each): of the final test, or else of the trial."""
    others = {(part, name): one for part, name, one in walk_sets(second)}
    pairs = [
        (part, name, one, others[part, name])
        for part, name, one in walk_sets(first)
        if (part, name) in others and one["n"] == others[part, name]["n"]
    ]
    return [pair for pair in pairs if pair[0] == pairs[0][0]]


def _compare_rows(
    titles: tuple[str, str],
    first: Sequence[Sequence[int]],
    second: Sequence[Sequence[int]],
    *,
    name: str,
) -> DigitDifferences:
    rows = [
        _differ(
            say_label(label),
            Share(row[label], sum(row)),
            Share(second[label][label], sum(second[label])),
            limit=OF_ELEVEN,
        )
        for label, row in enumerate(first)
        if sum(row) and sum(second[label])
    ]
    better = [row.name for row in rows if row.tone == "ok"]
    worse = [row.name for row in rows if row.tone == "bad"]
    part, title = titles
    return DigitDifferences(title, part, _say_digits(name, better, worse), rows)


def _say_digits(name: str, better: Sequence[str], worse: Sequence[str]) -> str:
    if not better and not worse:
        return "No digit differs by more than luck could explain."
    said = [
        f"{_list(digits) if len(digits) < len(DIGITS) else 'every digit'} {word}"
        for digits, word in ((better, "better"), (worse, "worse"))
        if digits
    ]
    return f"{name} reads {', '.join(said)}."


def _list(digits: Sequence[str]) -> str:
    names = [f"{digit}s" if digit.isdigit() else digit for digit in digits]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _differ(
    name: str, first: Share, second: Share, *, part: str = "", limit: float = BEYOND_LUCK
) -> Difference:
    difference = second.share - first.share
    pooled = (first.right + second.right) / (first.n + second.n)
    error = math.sqrt(pooled * (1 - pooled) * (1 / first.n + 1 / second.n))
    is_beyond_luck = error > 0 and abs(difference) > limit * error
    return Difference(
        name=name,
        part=part,
        n=first.n,
        first=say_percent(first.share),
        second=say_percent(second.share),
        points=say_points(difference),
        tone=("ok" if difference > 0 else "bad") if is_beyond_luck else "",
    )


def say_points(difference: float) -> str:
    said = f"{100 * difference:+.2f}".replace("-", "−")
    return "0.00" if said.strip("+−") == "0.00" else said


def _share(one: Mapping[str, Any]) -> Share:
    return Share(round(one["accuracy"] * one["n"]), int(one["n"]))
