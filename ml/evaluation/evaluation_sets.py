"""The frozen sets that challenger and champion are compared on: writers kept out of all training
for good, and the published test sets, which decide nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ml.data.datasets import DatasetMissing, load_mnist, load_pen
from ml.data.rendering import render_inks
from ml.preprocessing.types import Labels, Raster

RehearsalKind = Literal["all", "mnist", "synthetic"]


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Pictures (n, 28, 28) uint8 with labels (n,) 0 to 10. `keys` names each drawing where it is a
    person's; others are known by their place in the set."""

    name: str
    title: str
    rasters: Raster
    labels: Labels
    keys: Sequence[str] = ()
    is_stand_in: bool = False


def load_holdout_sets(rehearsal: RehearsalKind) -> list[EvaluationSet]:
    """Return the writers kept out of what a run rehearsed, where it can be had: MNIST's and pen
    writers, MNIST's alone, or synthesised digits that stand in for them."""
    if rehearsal != "synthetic":
        try:
            sets = [_load_mnist()]
        except DatasetMissing:
            return [_load_synthetic()]
        return sets + (_load_pen() if rehearsal == "all" else [])
    return [_load_synthetic()]


def load_published_test_sets() -> list[EvaluationSet]:
    """Return MNIST's published test set, or nothing where it cannot be had."""
    try:
        test = load_mnist("test")
    except DatasetMissing:
        return []
    return [EvaluationSet("mnist_test", "MNIST's published test set", test.images, test.labels)]


def _load_mnist() -> EvaluationSet:
    kept = load_mnist("holdout")
    return EvaluationSet("mnist", "MNIST writers kept out", kept.images, kept.labels)


def _load_pen() -> list[EvaluationSet]:
    try:
        rasters, labels = render_inks(load_pen("test"))
    except DatasetMissing:
        return []
    return [EvaluationSet("pen", "Pen writers kept out", rasters, labels)]


def _load_synthetic() -> EvaluationSet:
    from ml.data.synthetic_digits import (
        load_fixed_synthetic_digits,  # it needs torch, the others do not
    )

    rasters, labels = render_inks(load_fixed_synthetic_digits())
    return EvaluationSet("synthetic", "Synthesised digits", rasters, labels, is_stand_in=True)
