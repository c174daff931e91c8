"""The frozen sets that challenger and champion are compared on: writers kept out of all training
for good, and the published test sets, which decide nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ml.datasets import DataMissing, load_mnist, load_pen
from ml.inks import Labels, render_inks
from ml.raster import Raster

Rehearsal = Literal["all", "mnist", "synthetic"]


@dataclass(frozen=True, slots=True)
class FrozenSet:
    """Pictures (n, 28, 28) uint8 with labels (n,) 0 to 10. `keys` names each drawing where it is a
    person's; others are known by their place in the set."""

    name: str
    title: str
    rasters: Raster
    labels: Labels
    keys: Sequence[str] = ()
    is_stand_in: bool = False


def load_base_sets(rehearsal: Rehearsal) -> list[FrozenSet]:
    """Return the writers kept out of what a run rehearsed, where it can be had: MNIST's and pen
    writers, MNIST's alone, or synthesised digits that stand in for them."""
    if rehearsal != "synthetic":
        try:
            sets = [_load_mnist()]
        except DataMissing:
            return [_load_synthesised()]
        return sets + (_load_pen() if rehearsal == "all" else [])
    return [_load_synthesised()]


def load_published_sets() -> list[FrozenSet]:
    """Return MNIST's published test set, or nothing where it cannot be had."""
    try:
        test = load_mnist("test")
    except DataMissing:
        return []
    return [FrozenSet("mnist_test", "MNIST's published test set", test.images, test.labels)]


def _load_mnist() -> FrozenSet:
    kept = load_mnist("kept_out")
    return FrozenSet("mnist", "MNIST writers kept out", kept.images, kept.labels)


def _load_pen() -> list[FrozenSet]:
    try:
        rasters, labels = render_inks(load_pen("test"))
    except DataMissing:
        return []
    return [FrozenSet("pen", "Pen writers kept out", rasters, labels)]


def _load_synthesised() -> FrozenSet:
    from ml.synthesis_digits import load_frozen_synthesised  # it needs torch, the others do not

    rasters, labels = render_inks(load_frozen_synthesised())
    return FrozenSet("synthetic", "Synthesised digits", rasters, labels, is_stand_in=True)
