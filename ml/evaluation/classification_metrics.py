"""Figures of a released network, every one with its n and a 95 % interval, made by the predictor
that serves.

An answer is right when the verdict is digit or unsure and the best guess is the label; a digit that
is answered not_a_digit counts as wrong.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.data.datasets import load_mnist, load_nondigits, load_pen
from ml.data.rendering import render_inks, render_rotated
from ml.data.simulated_uploads import load_upload_sets
from ml.data.splits import SplitName
from ml.data.synthetic_nondigits import draw_nondigits
from ml.evaluation.evaluation_report import ProportionJson, ReliabilityBinJson
from ml.inference.predictor import Predictor
from ml.preprocessing.rasterize import rasterize_many
from ml.preprocessing.types import Labels, Raster

Metrics = dict[str, Any]

ROTATION_DEGREES = 20.0
NUM_SYNTHETIC_NONDIGITS = 2000
SYNTHETIC_NONDIGIT_SEEDS: dict[SplitName, int] = {"validation": 90_001, "test": 90_002}
NUM_ECE_BINS = 15


def evaluate_model(predictor: Predictor, part: SplitName) -> Metrics:
    """Return all figures on "validation" or "test" (MNIST's test set, tr26-tr30 as strokes and as
    pictures, the reported alphabets)."""
    pen = load_pen(part)
    bitmaps = load_mnist(part)
    digit_sets = {
        "mnist": (bitmaps.images, bitmaps.labels),
        "pen": render_inks(pen),
        "pen_turned": render_rotated(pen, ROTATION_DEGREES),
    }
    if part == "test":  # 10 ms a drawing, and nothing is chosen by them
        digit_sets |= load_upload_sets(part)
    classes = {
        name: predictor.compute_probabilities(images) for name, (images, _) in digit_sets.items()
    }
    figures: Metrics = {
        name: compute_digit_metrics(predictor, classes[name], labels)
        for name, (_, labels) in digit_sets.items()
    }
    pooled = np.concatenate([classes["mnist"], classes["pen"]])
    labels = np.concatenate([digit_sets["mnist"][1], digit_sets["pen"][1]])
    figures["calibration"] = compute_calibration_metrics(predictor, pooled, labels)
    for name, images in load_nondigit_sets(part).items():
        figures[name] = compute_nondigit_metrics(
            predictor, predictor.compute_probabilities(images), pooled
        )
    return figures


def load_nondigit_sets(part: SplitName) -> dict[str, Raster]:
    """Return the pictures of letters and of generated drawings, those with a seed of their own for
    each part."""
    letters = rasterize_many([ink.strokes for ink in load_nondigits(part)])
    generated = rasterize_many(
        draw_nondigits(NUM_SYNTHETIC_NONDIGITS, SYNTHETIC_NONDIGIT_SEEDS[part])
    )
    return {"letters": letters, "generated": generated}


def compute_digit_metrics(
    predictor: Predictor, classes: npt.NDArray[np.float64], labels: Labels
) -> Metrics:
    """Return accuracy, that among the ten digits alone, by digit, verdicts and the confusion
    matrix.

    `classes` (n, 11) are calibrated probabilities. Row i of the matrix is digit i, its last column
    not_a_digit.
    """
    answers = predict_classes(predictor, classes)
    confusion = np.zeros((10, 11), dtype=np.int64)
    np.add.at(confusion, (labels, answers), 1)
    right = int(np.trace(confusion[:, :10]))
    unsure = select_confidence(classes, answers) < predictor.confidence_threshold
    return {
        **compute_proportion(right, len(labels)),
        "digit_accuracy": round(float((classes[:, :10].argmax(axis=1) == labels).mean()), 5),
        "by_digit": [
            round(float(row[i] / max(row.sum(), 1)), 5) for i, row in enumerate(confusion)
        ],
        "unsure": round(float((unsure & (answers < 10)).mean()), 5),
        "not_a_digit": round(float((answers == 10).mean()), 5),
        "confusion": confusion.tolist(),
    }


def compute_calibration_metrics(
    predictor: Predictor, classes: npt.NDArray[np.float64], labels: Labels
) -> Metrics:
    """Return the expected calibration error and the part of the errors in the least sure 2 % of the
    answers."""
    answers = predict_classes(predictor, classes)
    confidence, right = select_confidence(classes, answers), answers == labels
    least_sure = np.argsort(confidence, kind="stable")[: round(0.02 * len(labels))]
    wrong = ~right
    return {
        "n": len(labels),
        "ece": round(compute_ece(confidence, right), 5),
        "errors_in_least_confident_2_percent": round(
            float(wrong[least_sure].sum() / max(wrong.sum(), 1)), 4
        ),
        "bins": compute_reliability_bins(confidence, right),
    }


def compute_nondigit_metrics(
    predictor: Predictor, classes: npt.NDArray[np.float64], digits: npt.NDArray[np.float64]
) -> Metrics:
    """Return how many non-digits are rejected by the verdict rule, how many others are unsure, and
    how many are rejected at a threshold that rejects 1 % of `digits`."""
    score, digit_score = (
        _compute_rejection_score(predictor, classes),
        _compute_rejection_score(predictor, digits),
    )
    answers = predict_classes(predictor, classes)
    rejected = int((answers == 10).sum())
    unsure = (answers < 10) & (select_confidence(classes, answers) < predictor.confidence_threshold)
    threshold = np.quantile(digit_score, 0.99, method="higher")
    return {
        **compute_proportion(rejected, len(classes)),
        "unsure": round(float(unsure.mean()), 5),
        "rejected_at_1_percent_fpr": round(float((score > threshold).mean()), 5),
        "auroc": round(compute_auc(digit_score, score), 5),
    }


def compute_ece(confidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> float:
    """Return the expected calibration error over ECE_BINS bins of equal mass (Nguyen & O'Connor,
    arXiv:1508.05154)."""
    bins = _equal_mass_bins(confidence)
    gaps = [abs(float(confidence[b].mean() - right[b].mean())) * len(b) for b in bins if len(b)]
    return sum(gaps) / len(confidence)


def compute_reliability_bins(
    confidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]
) -> list[ReliabilityBinJson]:
    """Return the reliability diagram: n, mean confidence and accuracy of each of these bins."""
    return [
        {
            "n": len(b),
            "confidence": round(float(confidence[b].mean()), 5),
            "accuracy": round(float(right[b].mean()), 5),
        }
        for b in _equal_mass_bins(confidence)
        if len(b)
    ]


def _equal_mass_bins(confidence: npt.NDArray[np.float64]) -> list[npt.NDArray[np.intp]]:
    return np.array_split(np.argsort(confidence, kind="stable"), NUM_ECE_BINS)


def compute_auc(low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]) -> float:
    """Return the chance that one of `high` exceeds one of `low`, ties counting half (Mann &
    Whitney, 1947)."""
    ordered = np.sort(low)
    below = np.searchsorted(ordered, high, side="left") + np.searchsorted(
        ordered, high, side="right"
    )
    return float(below.mean() / 2 / len(low))


def compute_proportion(count: int, n: int) -> ProportionJson:
    """Return n, the share and its 95 % interval (Wilson, 1927)."""
    z = 1.959964
    share = count / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return {
        "n": n,
        "accuracy": round(share, 5),
        "interval": [round(max(middle - half, 0.0), 5), round(min(middle + half, 1.0), 5)],
    }


def format_metrics(figures: Metrics) -> Sequence[str]:
    """Return one line of text for each set of figures."""
    lines = []
    for name, values in figures.items():
        if "accuracy" in values:
            low, high = values["interval"]
            extra = (
                f"   digits only {values['digit_accuracy']:.2%}"
                if "digit_accuracy" in values
                else ""
            )
            extra += f"   AUROC {values['auroc']:.4f}" if "auroc" in values else ""
            share = f"{values['accuracy']:7.2%}  [{low:.2%}, {high:.2%}]"
            lines.append(f"{name:12} {share}  n {values['n']}{extra}")
        else:
            lines.append(f"{name:12} ECE {values['ece']:.2%}  n {values['n']}")
    return lines


def predict_classes(predictor: Predictor, classes: npt.NDArray[np.float64]) -> Labels:
    """Return the answered classes: 10 where the verdict rule says not_a_digit, else the best
    digit."""
    rejected = classes[:, 10] >= predictor.rejection_threshold
    return np.where(rejected, 10, classes[:, :10].argmax(axis=1))


def _compute_rejection_score(
    predictor: Predictor, classes: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return how little each looks like a digit: the eleventh probability, or, with ten outputs,
    what the best digit leaves of 1."""
    scores: npt.NDArray[np.float64] = (
        classes[:, 10] if predictor.num_outputs > 10 else 1 - classes.max(axis=1)
    )
    return scores


def select_confidence(classes: npt.NDArray[np.float64], answers: Labels) -> npt.NDArray[np.float64]:
    return classes[np.arange(len(answers)), answers]
