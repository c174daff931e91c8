"""What the charts of a network show, as data for static/js/models/: its curves, and in words how
much it bears."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recognizer.models import ModelVersion
from recognizer.protocol import JSON
from recognizer.views.formatting import format_percent
from recognizer.views.models.card_sections import CALIBRATION, Card, find_best_part, parse_section
from recognizer.views.models.descriptions import PERTURBATION_NAMES, set_sort_key, set_title

ROBUSTNESS_TOLERANCE = 0.02
"""How far below its usual accuracy a network may fall and still bear a change."""


def build_charts(version: ModelVersion) -> JSON:
    """Each part empty where it was not measured."""
    card = version.card
    return {
        "name": version.ref,
        "loss": parse_section(_loss_chart, card) or [],
        "accuracy": parse_section(_accuracy_chart, card) or {},
        "robustness": parse_section(_robustness_chart, card) or {},
        "calibration": parse_section(_calibration_chart, card) or [],
    }


def build_page_state(versions: Sequence[ModelVersion]) -> JSON:
    """The state of a page with charts of one network, or of two over each other: those sets that
    all of them were tried on."""
    models = [build_charts(version) for version in versions]
    names = set.intersection(*(set(one["accuracy"]) for one in models))
    return {
        "models": models,
        "sets": {name: set_title(name) for name in sorted(names, key=set_sort_key)},
        "changes": {
            name: {"title": title, "x": x, "sign": sign, "usual": usual}
            for name, (title, x, sign, usual) in PERTURBATION_NAMES.items()
        },
    }


def format_robustness(card: Card) -> list[tuple[str, str]]:
    """(change, what it bears of it)."""
    return [
        (name, _format_span(card["robustness"][name], usual=PERTURBATION_NAMES[name][3], name=name))
        for name in PERTURBATION_NAMES
        if name in card["robustness"]
    ]


def _format_span(curve: Mapping[str, Any], *, usual: float, name: str) -> str:
    xs, ys = [float(x) for x in curve["x"]], [float(y) for y in curve["accuracy"]]
    middle = min(range(len(xs)), key=lambda index: abs(xs[index] - usual))
    least = ys[middle] - ROBUSTNESS_TOLERANCE
    low = high = middle
    while low and ys[low - 1] >= least:
        low -= 1
    while high < len(xs) - 1 and ys[high + 1] >= least:
        high += 1
    worst = min(range(len(xs)), key=ys.__getitem__)
    unit = PERTURBATION_NAMES[name][2] or " pixels"
    span = f"from {_format_x(xs[low])} to {_format_x(xs[high])}{unit}"
    said = f"nowhere but at {_format_x(xs[middle])}{unit}" if low == high else span
    return (
        f"As good as usual, or nearly, {said}."
        f" At {_format_x(xs[worst])}{unit} {format_percent(ys[worst])} are read right."
    )


def _format_x(x: float) -> str:
    return f"{x:g}".replace("-", "−")


def _loss_chart(card: Card) -> list[list[float]]:
    curves = card["training"]["curves"]
    return _zip_points(curves["epoch"], curves["loss"])


def _accuracy_chart(card: Card) -> dict[str, list[list[float]]]:
    curves = card["training"]["curves"]
    named = (name for name in curves if name not in ("epoch", "loss"))
    return {
        name: _zip_points(curves["epoch"], curves[name]) for name in sorted(named, key=set_sort_key)
    }


def _robustness_chart(card: Card) -> dict[str, list[list[float]]]:
    found = card["robustness"]
    return {
        name: _zip_points(found[name]["x"], found[name]["accuracy"])
        for name in PERTURBATION_NAMES
        if name in found
    }


def _calibration_chart(card: Card) -> list[list[float]]:
    bins = card["figures"][find_best_part(card)][CALIBRATION]["bins"]
    return sorted([float(one["confidence"]), float(one["accuracy"])] for one in bins)


def _zip_points(xs: Sequence[Any], ys: Sequence[Any]) -> list[list[float]]:
    return [[float(x), float(y)] for x, y in zip(xs, ys, strict=True)]
