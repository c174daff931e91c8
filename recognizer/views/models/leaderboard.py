"""The table of all models: accuracy by set, size and speed, in the order that the reader chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from recognizer.registry.model_status import ModelStatus
from recognizer.registry.parsers.model_card_parser import (
    NON_DIGIT_SETS,
    ModelCard,
    parse_model_card,
)
from recognizer.views.label_and_number_formatting import format_percent
from recognizer.views.model_display_names import model_name
from recognizer.views.models.model_summary import ModelSummary

SECTIONS = ("metrics", "parameters", "throughput")
ACCURACY_COLUMNS = {
    "mnist": "MNIST",
    "pen": "Pen digits",
    "people": "Site users",
    "synthetic": "Synthetic",
}
REJECTED, SIZE, SPEED, NAME, REGISTERED = "rejected", "size", "speed", "name", "registered"
MAX_COMPARED = 2
MISSING = "–"


@dataclass(frozen=True)
class Column:
    """A column of the table. `query` sorts by it; `sorting` is the value of aria-sort."""

    key: str
    title: str
    hint: str
    query: str
    sorting: str


@dataclass(frozen=True)
class Cell:
    column: Column
    text: str
    is_best: bool


@dataclass(frozen=True)
class LeaderboardRow:
    """One model with its numbers in the order of the columns."""

    summary: ModelSummary
    is_chosen: bool
    cells: list[Cell]


@dataclass(frozen=True)
class Leaderboard:
    """The models in order. `sort` names a column, with `-` for descending."""

    statuses: Sequence[ModelStatus]
    sort: str
    chosen: Sequence[str]

    @cached_property
    def columns(self) -> list[Column]:
        measured = {key for numbers in self._numbers.values() for key in numbers}
        accuracies = {key: ACCURACY_COLUMNS[key] for key in ACCURACY_COLUMNS if key in measured}
        titles = {
            **{key: (title, "accuracy") for key, title in accuracies.items()},
            REJECTED: ("Non-digits", "rejected"),
            SIZE: ("Size", "parameters"),
            SPEED: ("Speed", "drawings/s, one core"),
        }
        return [self._make_column(key, *titles[key]) for key in titles]

    @property
    def name_column(self) -> Column:
        return self._make_column(NAME, "Model", "")

    @property
    def registered_column(self) -> Column:
        return self._make_column(REGISTERED, "Registered", "")

    @cached_property
    def rows(self) -> list[LeaderboardRow]:
        best = {
            column.key: (min if column.key == SIZE else max)(values)
            for column in self.columns
            if (values := [one[column.key] for one in self._numbers.values() if column.key in one])
        }
        return [
            LeaderboardRow(
                ModelSummary(status),
                status.version.ref in self.chosen,
                [
                    Cell(
                        column,
                        _format(column.key, numbers),
                        numbers.get(column.key) == best.get(column.key, MISSING),
                    )
                    for column in self.columns
                ],
            )
            for status in self._order()
            for numbers in [self._numbers[status.version.pk]]
        ]

    @cached_property
    def _numbers(self) -> dict[int, Mapping[str, float]]:
        return {
            one.version.pk: read_numbers(parse_model_card(one.version, SECTIONS))
            for one in self.statuses
        }

    def _order(self) -> list[ModelStatus]:
        """Models without a number come last. Equal ones keep the order: newest first."""
        key, is_descending = self.sort.removeprefix("-"), self.sort.startswith("-")
        if key == NAME:
            return sorted(
                self.statuses,
                key=lambda one: model_name(one.version).casefold(),
                reverse=is_descending,
            )
        if key == REGISTERED:
            return list(self.statuses) if is_descending else list(reversed(self.statuses))
        known = [one for one in self.statuses if key in self._numbers[one.version.pk]]
        known.sort(key=lambda one: self._numbers[one.version.pk][key], reverse=is_descending)
        return known + [one for one in self.statuses if one not in known]

    def _make_column(self, key: str, title: str, hint: str) -> Column:
        """The first click sorts the best value to the top, the second one reverses."""
        is_ascending_first = key in (NAME, SIZE)
        first, second = (key, f"-{key}") if is_ascending_first else (f"-{key}", key)
        sorting = {key: "ascending", f"-{key}": "descending"}.get(self.sort, "none")
        query = {"sort": second if self.sort == first else first, "compare": list(self.chosen)}
        return Column(key, title, hint, urlencode(query, doseq=True), sorting)


def build_leaderboard(
    statuses: Sequence[ModelStatus], *, sort: str, chosen: Sequence[str]
) -> Leaderboard:
    """Unknown models and columns are ignored. By default the most accurate model comes first."""
    refs = {one.version.ref for one in statuses}
    found = list(dict.fromkeys(ref for ref in chosen if ref in refs))
    keys = (*ACCURACY_COLUMNS, REJECTED, SIZE, SPEED, NAME, REGISTERED)
    return Leaderboard(statuses, sort if sort.removeprefix("-") in keys else "-pen", found)


def read_numbers(card: ModelCard) -> dict[str, float]:
    """Return the numbers of the columns that the model card has."""
    sets = card.best_metrics.sets if card.best_metrics else {}
    numbers: dict[str, float] = {
        name: sets[name].accuracy for name in ACCURACY_COLUMNS if name in sets
    }
    others = [sets[name] for name in NON_DIGIT_SETS if name in sets]
    if others and any(one.accuracy for one in others):
        rejected = sum(one.n * one.accuracy for one in others)
        numbers[REJECTED] = rejected / sum(one.n for one in others)
    if card.parameters:
        numbers[SIZE] = card.parameters
    if card.throughput:
        numbers[SPEED] = card.throughput.drawings_per_s
    return numbers


def _format(key: str, numbers: Mapping[str, float]) -> str:
    if key not in numbers:
        return MISSING
    return f"{numbers[key]:,.0f}" if key in (SIZE, SPEED) else format_percent(numbers[key])
