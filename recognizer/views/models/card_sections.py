"""A network's card as its page tells it. Cards are made elsewhere, and earlier ones hold less: what
is not there, or cannot be read, is told as not measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.urls import NoReverseMatch

from recognizer.views.formatting import format_percent
from recognizer.views.models.descriptions import (
    PART_TITLES,
    TEN_CLASSES_NOTE,
    describe_architecture,
    set_sort_key,
    set_title,
)

Card = Mapping[str, Any]
Parsed = TypeVar("Parsed")

PARSE_ERRORS = (
    LookupError,
    TypeError,
    ValueError,
    ArithmeticError,
    AttributeError,
    StopIteration,
    NoReverseMatch,
)
NON_DIGIT_SETS = ("letters", "generated")
CALIBRATION = "calibration"
NUM_DIGITS = 10


@dataclass(frozen=True)
class AccuracyInterval:
    """How often it is right, with the 95 % interval as places on a line from 0 to 100."""

    n: int
    percent: str
    interval: str
    at: float
    low: float
    width: float


@dataclass(frozen=True)
class SetAccuracy:
    """A set, in the final test and in the trial, as far as it was in them."""

    title: str
    is_rejecting: bool
    final: AccuracyInterval | None
    trial: AccuracyInterval | None


@dataclass(frozen=True)
class CalibrationSummary:
    n: int
    calibration_error: str
    least_sure: str


@dataclass(frozen=True)
class Throughput:
    pictures: int
    drawings: int
    batch: int
    machine: str
    backend: str
    measured_at: datetime | None


def parse_section(read: Callable[[Card], Parsed], card: Card) -> Parsed | None:
    try:
        return read(card)
    except PARSE_ERRORS:
        return None


def describe_model(card: Card, architecture: str) -> list[str]:
    """What it is, in sentences."""
    said = [describe_architecture(architecture)]
    classes = card.get("classes")
    if isinstance(classes, list) and len(classes) == NUM_DIGITS:
        said.append(TEN_CLASSES_NOTE)
    return said


def parse_accuracies(card: Card) -> list[SetAccuracy]:
    """Sets of digits before those of none."""
    found = {(part, name): one for part, name, one in iter_sets(card) if one["n"]}
    floor = min((float(one["interval"][0]) for one in found.values()), default=0.0)
    left = max(min(int(20 * floor) / 20, 0.95), 0.0)
    ranges = {key: _build_interval(one, left) for key, one in found.items()}
    return [
        SetAccuracy(
            title=set_title(name),
            is_rejecting=name in NON_DIGIT_SETS,
            final=ranges.get(("test", name)),
            trial=ranges.get(("validation", name)),
        )
        for name in sorted({name for _, name in found}, key=set_sort_key)
    ]


def iter_sets(card: Card) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Part, name and figures of every set that has an accuracy."""
    for part in PART_TITLES:
        sets = card["figures"].get(part) or {}
        for name in sorted(sets, key=set_sort_key):
            if name != CALIBRATION and "accuracy" in sets[name]:
                yield part, name, sets[name]


def parse_headlines(card: Card) -> list[tuple[str, str]]:
    """(figure, what it counts), the most telling ones."""
    part = find_best_part(card)
    figures = card["figures"][part]
    said: list[tuple[str, str]] = []
    for name in ("mnist", "pen", "people", "synthetic"):
        if name in figures and len(said) < 3:
            said.append(
                (format_percent(figures[name]["accuracy"]), f"right: {_lower_set_title(name)}")
            )
    shares = [figures[name] for name in NON_DIGIT_SETS if name in figures]
    if shares and len(card["classes"]) > NUM_DIGITS:
        n = sum(one["n"] for one in shares)
        rejected = sum(one["n"] * one["accuracy"] for one in shares) / n
        said.append((format_percent(rejected), "of what is no digit is called so"))
    return said


def find_best_part(card: Card) -> str:
    """Where its figures are best: the final test, or what was tried while it learnt."""
    return next(part for part in PART_TITLES if card["figures"].get(part))


def parse_calibration(card: Card) -> CalibrationSummary:
    found = card["figures"][find_best_part(card)][CALIBRATION]
    return CalibrationSummary(
        n=int(found["n"]),
        calibration_error=f"{100 * found['ece']:.2f}",
        least_sure=f"{100 * found['errors_in_least_sure_2_percent']:.0f}\N{NO-BREAK SPACE}%",
    )


def parse_throughput(card: Card) -> Throughput:
    found = card["speed"]
    at = found.get("measured_at")
    return Throughput(
        pictures=int(found["images_per_s"]),
        drawings=int(found["drawings_per_s"]),
        batch=int(found["batch"]),
        machine=str(found["machine"]),
        backend=str(found["backend"]),
        measured_at=datetime.fromisoformat(at) if at else None,
    )


def _build_interval(one: Mapping[str, Any], left: float) -> AccuracyInterval:
    scale = 100 / (1 - left)
    low, high = one["interval"]
    return AccuracyInterval(
        n=int(one["n"]),
        percent=format_percent(one["accuracy"]),
        interval=f"{format_percent(low)} to {format_percent(high)}",
        at=round((one["accuracy"] - left) * scale, 2),
        low=round((low - left) * scale, 2),
        width=round((high - low) * scale, 2),
    )


def _lower_set_title(name: str) -> str:
    title = set_title(name)
    return title[0].lower() + title[1:]
