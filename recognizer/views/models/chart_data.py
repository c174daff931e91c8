"""Data of the charts on the model pages, for static/js/models/."""

from __future__ import annotations

from collections.abc import Sequence

from recognizer.models import ModelVersion
from recognizer.protocol import JSON
from recognizer.registry.parsers.model_card_parser import ModelCard, RobustnessCurve
from recognizer.views.label_and_number_formatting import format_percent
from recognizer.views.model_display_names import model_title
from recognizer.views.models.card_sections.architecture_and_dataset_texts import (
    PERTURBATION_NAMES,
    set_sort_key,
    set_title,
)

ROBUSTNESS_TOLERANCE = 0.02
"""Loss of accuracy up to which a perturbation counts as tolerated."""


def build_page_state(models: Sequence[tuple[ModelVersion, ModelCard]]) -> JSON:
    """Return the charts of one model, or of two models on the sets that both were evaluated on."""
    charts = [build_charts(version, card) for version, card in models]
    names = set.intersection(*(set(one["accuracy"]) for one in charts))
    return {
        "models": charts,
        "sets": {name: set_title(name) for name in sorted(names, key=set_sort_key)},
        "changes": {
            name: {"title": title, "x": x, "sign": sign, "usual": usual}
            for name, (title, x, sign, usual) in PERTURBATION_NAMES.items()
        },
    }


def build_charts(version: ModelVersion, card: ModelCard) -> JSON:
    """Return the points [x, y] of all charts; a chart without data is empty."""
    curves = card.training.curves if card.training else {}
    calibration = card.best_metrics and card.best_metrics.calibration
    epochs = curves.get("epoch", [])
    return {
        "name": model_title(version),
        "loss": _zip_points(epochs, curves.get("loss", [])),
        "accuracy": {
            name: _zip_points(epochs, curves[name])
            for name in sorted(curves, key=set_sort_key)
            if name not in ("epoch", "loss")
        },
        "robustness": {
            name: _zip_points(curve.x, curve.accuracy)
            for name, curve in _known_curves(card).items()
        },
        "calibration": sorted(
            [one.confidence, one.accuracy] for one in (calibration.bins if calibration else [])
        ),
    }


def describe_robustness(card: ModelCard) -> list[tuple[str, str]]:
    """Return (perturbation, sentence about the tolerated range)."""
    return [(name, _describe_curve(name, curve)) for name, curve in _known_curves(card).items()]


def _known_curves(card: ModelCard) -> dict[str, RobustnessCurve]:
    curves = card.robustness or {}
    return {name: curves[name] for name in PERTURBATION_NAMES if name in curves}


def _describe_curve(name: str, curve: RobustnessCurve) -> str:
    _, _, sign, usual = PERTURBATION_NAMES[name]
    xs, ys, unit = curve.x, curve.accuracy, sign or " pixels"
    center = min(range(len(xs)), key=lambda index: abs(xs[index] - usual))
    required = ys[center] - ROBUSTNESS_TOLERANCE
    low = high = center
    while low and ys[low - 1] >= required:
        low -= 1
    while high < len(xs) - 1 and ys[high + 1] >= required:
        high += 1
    worst = min(range(len(xs)), key=ys.__getitem__)
    tolerated = f"from {_format_x(xs[low])} to {_format_x(xs[high])}{unit}"
    place = f"only at {_format_x(xs[center])}{unit}" if low == high else tolerated
    points = f"{100 * ROBUSTNESS_TOLERANCE:g}"
    return (
        f"Within {points} points of the usual accuracy {place}."
        f" Lowest accuracy: {format_percent(ys[worst])} at {_format_x(xs[worst])}{unit}."
    )


def _format_x(x: float) -> str:
    return f"{x:g}".replace("-", "−")


def _zip_points(xs: Sequence[float], ys: Sequence[float]) -> list[list[float]]:
    return [[x, y] for x, y in zip(xs, ys, strict=True)]
