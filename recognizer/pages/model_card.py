"""A network's card as its page tells it. Cards are made elsewhere, and earlier ones hold less: what
is not there, or cannot be read, is told as not measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.urls import NoReverseMatch

from recognizer.pages.model_prose import PARTS, TEN_ANSWERS, name_set, place_set, say_what_it_is
from recognizer.pages.verdict import say_percent

Card = Mapping[str, Any]
Read = TypeVar("Read")

UNREADABLE = (
    LookupError,
    TypeError,
    ValueError,
    ArithmeticError,
    AttributeError,
    StopIteration,
    NoReverseMatch,
)
NONDIGITS = ("letters", "generated")
CALIBRATION = "calibration"
TEN = 10


@dataclass(frozen=True)
class Range:
    """How often it is right, with the 95 % interval as places on a line from 0 to 100."""

    n: int
    percent: str
    interval: str
    at: float
    low: float
    width: float


@dataclass(frozen=True)
class Score:
    """A set, in the final test and in the trial, as far as it was in them."""

    title: str
    is_rejecting: bool
    final: Range | None
    trial: Range | None


@dataclass(frozen=True)
class Calibration:
    n: int
    off_by: str
    least_sure: str


@dataclass(frozen=True)
class Speed:
    pictures: int
    drawings: int
    batch: int
    machine: str
    backend: str
    measured_at: datetime | None


def read_part(read: Callable[[Card], Read], card: Card) -> Read | None:
    try:
        return read(card)
    except UNREADABLE:
        return None


def read_about(card: Card, architecture: str) -> list[str]:
    """What it is, in sentences."""
    said = [say_what_it_is(architecture)]
    classes = card.get("classes")
    if isinstance(classes, list) and len(classes) == TEN:
        said.append(TEN_ANSWERS)
    return said


def read_scores(card: Card) -> list[Score]:
    """Sets of digits before those of none."""
    found = {(part, name): one for part, name, one in walk_sets(card) if one["n"]}
    floor = min((float(one["interval"][0]) for one in found.values()), default=0.0)
    left = max(min(int(20 * floor) / 20, 0.95), 0.0)
    ranges = {key: _range(one, left) for key, one in found.items()}
    return [
        Score(
            title=name_set(name),
            is_rejecting=name in NONDIGITS,
            final=ranges.get(("test", name)),
            trial=ranges.get(("validation", name)),
        )
        for name in sorted({name for _, name in found}, key=place_set)
    ]


def walk_sets(card: Card) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Part, name and figures of every set that has an accuracy."""
    for part in PARTS:
        sets = card["figures"].get(part) or {}
        for name in sorted(sets, key=place_set):
            if name != CALIBRATION and "accuracy" in sets[name]:
                yield part, name, sets[name]


def read_headlines(card: Card) -> list[tuple[str, str]]:
    """(figure, what it counts), the most telling ones."""
    part = find_part(card)
    figures = card["figures"][part]
    said: list[tuple[str, str]] = []
    for name in ("mnist", "pen", "people", "synthetic"):
        if name in figures and len(said) < 3:
            said.append((say_percent(figures[name]["accuracy"]), f"right: {_lower(name)}"))
    shares = [figures[name] for name in NONDIGITS if name in figures]
    if shares and len(card["classes"]) > TEN:
        n = sum(one["n"] for one in shares)
        rejected = sum(one["n"] * one["accuracy"] for one in shares) / n
        said.append((say_percent(rejected), "of what is no digit is called so"))
    return said


def find_part(card: Card) -> str:
    """Where its figures are best: the final test, or what was tried while it learnt."""
    return next(part for part in PARTS if card["figures"].get(part))


def read_calibration(card: Card) -> Calibration:
    found = card["figures"][find_part(card)][CALIBRATION]
    return Calibration(
        n=int(found["n"]),
        off_by=f"{100 * found['ece']:.2f}",
        least_sure=f"{100 * found['errors_in_least_sure_2_percent']:.0f}\N{NO-BREAK SPACE}%",
    )


def read_speed(card: Card) -> Speed:
    found = card["speed"]
    at = found.get("measured_at")
    return Speed(
        pictures=int(found["images_per_s"]),
        drawings=int(found["drawings_per_s"]),
        batch=int(found["batch"]),
        machine=str(found["machine"]),
        backend=str(found["backend"]),
        measured_at=datetime.fromisoformat(at) if at else None,
    )


def _range(one: Mapping[str, Any], left: float) -> Range:
    scale = 100 / (1 - left)
    low, high = one["interval"]
    return Range(
        n=int(one["n"]),
        percent=say_percent(one["accuracy"]),
        interval=f"{say_percent(low)} to {say_percent(high)}",
        at=round((one["accuracy"] - left) * scale, 2),
        low=round((low - left) * scale, 2),
        width=round((high - low) * scale, 2),
    )


def _lower(name: str) -> str:
    title = name_set(name)
    return title[0].lower() + title[1:]
