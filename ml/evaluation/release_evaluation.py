"""Evaluation of a released model on the validation and test sets, with the serving predictor."""

from __future__ import annotations

import numpy as np

from ml.data.dataset_splits import SplitName
from ml.data.datasets import (
    load_doodles,
    load_formula_digits,
    load_formula_symbols,
    load_icons,
    load_mnist,
    load_nondigits,
    load_pen,
)
from ml.data.render_ink_samples import render_inks, render_rotated
from ml.data.simulated_uploads import load_upload_sets
from ml.data.synthetic_nondigits import draw_nondigits
from ml.evaluation.accuracy_ece_auroc import (
    Metrics,
    compute_calibration_metrics,
    compute_digit_metrics,
    compute_nondigit_metrics,
)
from ml.inference.predictor import Predictor
from ml.preprocessing.array_types import Labels, Raster
from ml.preprocessing.rasterize import rasterize_many

ROTATION_DEGREES = 20.0
UPRIGHT_SETS = ("mnist", "pen", "formulas")
"""The digit sets over which calibration and operating points are measured."""
NUM_SYNTHETIC_NONDIGITS = 2000
SYNTHETIC_NONDIGIT_SEEDS: dict[SplitName, int] = {"validation": 90_001, "test": 90_002}


def evaluate_model(predictor: Predictor, split: SplitName) -> Metrics:
    """Return the metrics of each set of "validation" or "test", and of the calibration.

    "test" is MNIST's test set, the pen writers tr26-tr30 as strokes and as uploads, and the
    alphabets of the test split. Digits cut from formulas, doodles and icons only validate.
    """
    digit_sets = load_digit_sets(split)
    if split == "test":  # uploads take 10 ms each, and no choice depends on them
        digit_sets |= load_upload_sets(split)
    probabilities = {
        name: predictor.compute_probabilities(images) for name, (images, _) in digit_sets.items()
    }
    metrics: Metrics = {
        name: compute_digit_metrics(predictor, probabilities[name], labels)
        for name, (_, labels) in digit_sets.items()
    }
    upright = [name for name in UPRIGHT_SETS if name in digit_sets]
    pooled = np.concatenate([probabilities[name] for name in upright])
    labels = np.concatenate([digit_sets[name][1] for name in upright])
    metrics["calibration"] = compute_calibration_metrics(predictor, pooled, labels)
    for name, images in load_nondigit_sets(split).items():
        metrics[name] = compute_nondigit_metrics(
            predictor, predictor.compute_probabilities(images), pooled
        )
    return metrics


def load_digit_sets(split: SplitName) -> dict[str, tuple[Raster, Labels]]:
    """Return images and labels of the digits of each set, but without uploads."""
    mnist, pen = load_mnist(split), load_pen(split)
    sets = {
        "mnist": (mnist.images, mnist.labels),
        "pen": render_inks(pen),
        "pen_turned": render_rotated(pen, ROTATION_DEGREES),
    }
    if split == "validation":
        sets["formulas"] = render_inks(load_formula_digits())
    return sets


def load_nondigit_sets(split: SplitName) -> dict[str, Raster]:
    """Return the images of each set of non-digits; synthetic ones have a seed for each split."""
    nondigits = draw_nondigits(NUM_SYNTHETIC_NONDIGITS, SYNTHETIC_NONDIGIT_SEEDS[split])
    sets = {
        "letters": rasterize_many([ink.strokes for ink in load_nondigits(split)]),
        "generated": rasterize_many(nondigits),
    }
    if split == "validation":
        inks = {
            "symbols": load_formula_symbols(),
            "doodles": load_doodles(split),
            "icons": load_icons(split),
        }
        sets |= {name: rasterize_many([ink.strokes for ink in one]) for name, one in inks.items()}
    return sets


def format_metrics(metrics: Metrics) -> list[str]:
    """Return one line of text for each set: correct digits, or rejected non-digits."""
    lines = []
    for name, values in metrics.items():
        if "accuracy" not in values:
            lines.append(f"{name:12} ECE {values['ece']:.2%}  n {values['n']}")
            continue
        low, high = values["interval"]
        line = f"{name:12} {values['accuracy']:7.2%}  [{low:.2%}, {high:.2%}]  n {values['n']}"
        if "digit_accuracy" in values:
            line += f"   digits only {values['digit_accuracy']:.2%}"
            line += f"   rejected {values['not_a_digit']:.2%}"
        if "operating_points" in values:
            line += (
                f"   unsure {values['unsure']:.2%}   called a digit {values['called_digit']:.2%}"
            )
            points = values["operating_points"]
            shares = ", ".join(f"{p['digits_rejected']:.1%}: {p['rejected']:.1%}" for p in points)
            line += f"   where digits are rejected {shares}   AUROC {values['auroc']:.4f}"
        lines.append(line)
    return lines
