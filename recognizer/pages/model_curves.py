"""What the charts of a network show, as data for static/js/models/: its curves, and in words how
much it bears."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recognizer.contract import JSON
from recognizer.models import ModelVersion
from recognizer.pages.model_card import CALIBRATION, Card, find_part, read_part
from recognizer.pages.model_prose import CHANGES, name_set, place_set
from recognizer.pages.verdict import say_percent

WITHIN = 0.02
"""How far below its usual accuracy a network may fall and still bear a change."""


def read_charts(version: ModelVersion) -> JSON:
    """Each part empty where it was not measured."""
    card = version.card
    return {
        "name": version.ref,
        "loss": read_part(_read_loss, card) or [],
        "accuracy": read_part(_read_accuracy, card) or {},
        "robustness": read_part(_read_robustness, card) or {},
        "calibration": read_part(_read_calibration, card) or [],
    }


def describe_charts(versions: Sequence[ModelVersion]) -> JSON:
    """The state of a page with charts of one network, or of two over each other: those sets that
    all of them were tried on."""
    models = [read_charts(version) for version in versions]
    names = set.intersection(*(set(one["accuracy"]) for one in models))
    return {
        "models": models,
        "sets": {name: name_set(name) for name in sorted(names, key=place_set)},
        "changes": {
            name: {"title": title, "x": x, "sign": sign, "usual": usual}
            for name, (title, x, sign, usual) in CHANGES.items()
        },
    }


def say_borne(card: Card) -> list[tuple[str, str]]:
    """(change, what it bears of it)."""
    return [
        (name, _say_span(card["robustness"][name], usual=CHANGES[name][3], name=name))
        for name in CHANGES
        if name in card["robustness"]
    ]


def _say_span(curve: Mapping[str, Any], *, usual: float, name: str) -> str:
    xs, ys = [float(x) for x in curve["x"]], [float(y) for y in curve["accuracy"]]
    middle = min(range(len(xs)), key=lambda index: abs(xs[index] - usual))
    least = ys[middle] - WITHIN
    low = high = middle
    while low and ys[low - 1] >= least:
        low -= 1
    while high < len(xs) - 1 and ys[high + 1] >= least:
        high += 1
    worst = min(range(len(xs)), key=ys.__getitem__)
    unit = CHANGES[name][2] or " pixels"
    span = f"from {_say_x(xs[low])} to {_say_x(xs[high])}{unit}"
    said = f"nowhere but at {_say_x(xs[middle])}{unit}" if low == high else span
    return (
        f"As good as usual, or nearly, {said}."
        f" At {_say_x(xs[worst])}{unit} {say_percent(ys[worst])} are read right."
    )


def _say_x(x: float) -> str:
    return f"{x:g}".replace("-", "−")


def _read_loss(card: Card) -> list[list[float]]:
    curves = card["training"]["curves"]
    return _pair(curves["epoch"], curves["loss"])


def _read_accuracy(card: Card) -> dict[str, list[list[float]]]:
    curves = card["training"]["curves"]
    named = (name for name in curves if name not in ("epoch", "loss"))
    return {name: _pair(curves["epoch"], curves[name]) for name in sorted(named, key=place_set)}


def _read_robustness(card: Card) -> dict[str, list[list[float]]]:
    found = card["robustness"]
    return {
        name: _pair(found[name]["x"], found[name]["accuracy"]) for name in CHANGES if name in found
    }


def _read_calibration(card: Card) -> list[list[float]]:
    bins = card["figures"][find_part(card)][CALIBRATION]["bins"]
    return sorted([float(one["confidence"]), float(one["accuracy"])] for one in bins)


def _pair(xs: Sequence[Any], ys: Sequence[Any]) -> list[list[float]]:
    return [[float(x), float(y)] for x, y in zip(xs, ys, strict=True)]
