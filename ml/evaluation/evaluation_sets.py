"""Evaluation sets for the promotion gate and validation sets for model reports.

Holdout sets come from writers that no training uses. Published test sets do not influence the gate.
Each function falls back to synthetic digits if the data sets are missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ml.data.datasets import DatasetMissing, InkSample, load_mnist, load_pen
from ml.data.render_ink_samples import render_inks
from ml.data.synthetic_digits import load_fixed_synthetic_digits
from ml.preprocessing.array_types import Labels, Raster
from ml.training_config import RehearsalKind

ReportSetName = Literal["pen", "synthetic"]

NUM_REPORT_DIGITS = 500
"""Size of the synthetic report set."""


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Images (n, 28, 28) uint8 with labels (n,) 0 to 10.

    `keys` identify drawings of users; drawings of data sets are identified by their index.
    """

    name: str
    title: str
    rasters: Raster
    labels: Labels
    keys: Sequence[str] = ()
    is_synthetic: bool = False


def load_holdout_sets(rehearsal: RehearsalKind) -> list[EvaluationSet]:
    """Return the holdout writers of the data sets that a run used for rehearsal.

    Without MNIST, and for synthetic rehearsal data, the only set is synthetic.
    """
    sets: list[EvaluationSet] = []
    with suppress(DatasetMissing):
        if rehearsal != "synthetic":
            mnist = load_mnist("holdout")
            sets.append(EvaluationSet("mnist", "MNIST holdout writers", mnist.images, mnist.labels))
        if rehearsal == "all":
            sets.append(EvaluationSet("pen", "Pen holdout writers", *render_inks(load_pen("test"))))
    if not sets:
        digits = render_inks(load_fixed_synthetic_digits())
        sets.append(EvaluationSet("synthetic", "Synthetic digits", *digits, is_synthetic=True))
    return sets


def load_published_test_sets() -> list[EvaluationSet]:
    """Return MNIST's published test set, or an empty list if it is missing."""
    try:
        test = load_mnist("test")
    except DatasetMissing:
        return []
    return [EvaluationSet("mnist_test", "MNIST's published test set", test.images, test.labels)]


def find_report_set() -> ReportSetName:
    """Return "pen" if the pen data set is available, otherwise "synthetic"."""
    try:
        load_pen("validation")
    except DatasetMissing:
        return "synthetic"
    return "pen"


@cache
def load_report_set(name: ReportSetName) -> tuple[InkSample, ...]:
    """Return the drawings for robustness and throughput. Raises DatasetMissing."""
    if name == "pen":
        return tuple(load_pen("validation"))
    return load_fixed_synthetic_digits()[:NUM_REPORT_DIGITS]


def load_report_digit_sets() -> dict[str, tuple[Raster, Labels]]:
    """Return the available validation sets of digits, or a synthetic set without MNIST."""
    try:
        mnist = load_mnist("validation")
    except DatasetMissing:
        return {"synthetic": render_inks(load_fixed_synthetic_digits())}
    sets = {"mnist": (mnist.images, mnist.labels)}
    if find_report_set() == "pen":
        sets["pen"] = render_inks(load_report_set("pen"))
    return sets
