"""The drawings on which cards are completed here: the validation's, or synthesised digits where
those cannot be had."""

from __future__ import annotations

from functools import cache
from typing import Literal

from ml.data.datasets import DatasetMissing, InkSample, load_mnist, load_pen
from ml.data.rendering import render_inks
from ml.data.synthetic_digits import load_fixed_synthetic_digits
from ml.preprocessing.types import Labels, Raster

ReportSetName = Literal["pen", "synthetic"]

NUM_SYNTHETIC_DRAWINGS = 500
"""How many synthesised digits stand in."""


def find_report_set() -> ReportSetName:
    """Return which of the two can be had here."""
    try:
        load_pen("validation")
    except DatasetMissing:
        return "synthetic"
    return "pen"


@cache
def load_report_set(name: ReportSetName) -> tuple[InkSample, ...]:
    """Return the drawings. Raises DataMissing."""
    if name == "pen":
        return tuple(load_pen("validation"))
    return load_fixed_synthetic_digits()[:NUM_SYNTHETIC_DRAWINGS]


def load_report_digit_sets() -> dict[str, tuple[Raster, Labels]]:
    """Return the validation's digits that can be had here, synthesised ones where none can."""
    try:
        mnist = load_mnist("validation")
    except DatasetMissing:
        return {"synthetic": render_inks(load_fixed_synthetic_digits())}
    sets = {"mnist": (mnist.images, mnist.labels)}
    if find_report_set() == "pen":
        sets["pen"] = render_inks(load_report_set("pen"))
    return sets
