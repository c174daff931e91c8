"""The drawings on which cards are completed here: the validation's, or synthesised digits where
those cannot be had."""

from __future__ import annotations

from functools import cache
from typing import Literal

from ml.datasets import DataMissing, Ink, load_mnist, load_pen
from ml.inks import Labels, render_inks
from ml.raster import Raster
from ml.synthesis_digits import load_frozen_synthesised

Bearing = Literal["pen", "synthetic"]

STAND_INS = 500
"""How many synthesised digits stand in."""


def find_bearing() -> Bearing:
    """Return which of the two can be had here."""
    try:
        load_pen("validation")
    except DataMissing:
        return "synthetic"
    return "pen"


@cache
def load_bearing(name: Bearing) -> tuple[Ink, ...]:
    """Return the drawings. Raises DataMissing."""
    if name == "pen":
        return tuple(load_pen("validation"))
    return load_frozen_synthesised()[:STAND_INS]


def load_digit_sets() -> dict[str, tuple[Raster, Labels]]:
    """Return the validation's digits that can be had here, synthesised ones where none can."""
    try:
        mnist = load_mnist("validation")
    except DataMissing:
        return {"synthetic": render_inks(load_frozen_synthesised())}
    sets = {"mnist": (mnist.images, mnist.labels)}
    if find_bearing() == "pen":
        sets["pen"] = render_inks(load_bearing("pen"))
    return sets
