"""Metrics of classes and probabilities, with counts and 95 % intervals.

The predicted class is not_a_digit if its probability reaches the rejection threshold, otherwise the
most probable digit. A rejected digit counts as incorrect; the decision "unsure" does not matter.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.data.datasets import NOT_A_DIGIT_CLASS
from ml.evaluation.evaluation_report_json import ProportionJson, ReliabilityBinJson
from ml.inference.predictor import Predictor
from ml.preprocessing.array_types import Labels

NUM_ECE_BINS = 15

OPERATING_POINTS = (0.001, 0.003, 0.005, 0.01)
"""Fractions of digits rejected at which the rejection of non-digits is measured."""

Metrics = dict[str, Any]
Probabilities = npt.NDArray[np.float64]
"""Calibrated probabilities (n, 11); column 10 is not_a_digit."""


def compute_digit_metrics(
    predictor: Predictor, probabilities: Probabilities, labels: Labels
) -> Metrics:
    """Return accuracy, accuracy among the ten digits, fractions of decisions and the confusion
    matrix.

    Rows of the matrix are the ten digits; columns are the eleven predicted classes.
    """
    classes = predict_classes(predictor, probabilities)
    confusion = np.zeros((10, 11), dtype=np.int64)
    np.add.at(confusion, (labels, classes), 1)
    is_unsure = _is_unsure(predictor, probabilities, classes)
    return {
        **compute_proportion(int(np.trace(confusion[:, :10])), len(labels)),
        "digit_accuracy": _round_mean(probabilities[:, :10].argmax(axis=1) == labels),
        "by_digit": [
            round(float(row[digit] / max(row.sum(), 1)), 5) for digit, row in enumerate(confusion)
        ],
        "unsure": _round_mean(is_unsure),
        "not_a_digit": _round_mean(classes == NOT_A_DIGIT_CLASS),
        "confusion": confusion.tolist(),
    }


def compute_calibration_metrics(
    predictor: Predictor, probabilities: Probabilities, labels: Labels
) -> Metrics:
    """Return the calibration error, and the fraction of all errors that is among the 2 % least
    confident predictions."""
    classes = predict_classes(predictor, probabilities)
    confidence, is_correct = select_confidence(probabilities, classes), classes == labels
    least_confident = np.argsort(confidence, kind="stable")[: round(0.02 * len(labels))]
    num_errors = max((~is_correct).sum(), 1)
    return {
        "n": len(labels),
        "ece": round(compute_ece(confidence, is_correct), 5),
        "errors_in_least_confident_2_percent": round(
            float((~is_correct)[least_confident].sum() / num_errors), 4
        ),
        "bins": compute_reliability_bins(confidence, is_correct),
    }


def compute_nondigit_metrics(
    predictor: Predictor, probabilities: Probabilities, digits: Probabilities
) -> Metrics:
    """Return the fractions of non-digits that are rejected, unsure or called a digit, the fractions
    rejected at each of OPERATING_POINTS, and the AUROC against `digits`."""
    score = _compute_rejection_score(predictor, probabilities)
    digit_score = _compute_rejection_score(predictor, digits)
    classes = predict_classes(predictor, probabilities)
    is_unsure = _is_unsure(predictor, probabilities, classes)
    is_rejected = classes == NOT_A_DIGIT_CLASS
    return {
        **compute_proportion(int(is_rejected.sum()), len(classes)),
        "unsure": _round_mean(is_unsure),
        "called_digit": _round_mean(~is_rejected & ~is_unsure),
        "operating_points": [
            {
                "digits_rejected": point,
                "rejected": _round_mean(
                    score > np.quantile(digit_score, 1 - point, method="higher")
                ),
            }
            for point in OPERATING_POINTS
        ],
        "auroc": round(compute_auroc(digit_score, score), 5),
    }


def compute_ece(confidence: npt.NDArray[np.float64], is_correct: npt.NDArray[np.bool_]) -> float:
    """Return the expected calibration error over NUM_ECE_BINS bins of equal mass (Nguyen &
    O'Connor, arXiv:1508.05154)."""
    bins = _split_into_bins(confidence)
    gaps = [abs(float(confidence[b].mean() - is_correct[b].mean())) * len(b) for b in bins]
    return sum(gaps) / len(confidence)


def compute_reliability_bins(
    confidence: npt.NDArray[np.float64], is_correct: npt.NDArray[np.bool_]
) -> list[ReliabilityBinJson]:
    """Return size, mean confidence and accuracy of each bin, for a reliability diagram."""
    return [
        {
            "n": len(b),
            "confidence": round(float(confidence[b].mean()), 5),
            "accuracy": _round_mean(is_correct[b]),
        }
        for b in _split_into_bins(confidence)
    ]


def _split_into_bins(confidence: npt.NDArray[np.float64]) -> list[npt.NDArray[np.intp]]:
    """Return the indices of each non-empty bin of equal mass."""
    bins = np.array_split(np.argsort(confidence, kind="stable"), NUM_ECE_BINS)
    return [b for b in bins if len(b)]


def compute_auroc(negatives: npt.NDArray[np.float64], positives: npt.NDArray[np.float64]) -> float:
    """Return the probability that a positive score exceeds a negative one; ties count half (Mann &
    Whitney, 1947)."""
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, side="left")
    not_above = np.searchsorted(ordered, positives, side="right")
    return float((below + not_above).mean() / 2 / len(negatives))


def compute_proportion(count: int, n: int) -> ProportionJson:
    """Return n, the proportion and its 95 % interval (Wilson, 1927)."""
    z = 1.959964
    share = count / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return {
        "n": n,
        "accuracy": round(share, 5),
        "interval": [round(max(middle - half, 0.0), 5), round(min(middle + half, 1.0), 5)],
    }


def predict_classes(predictor: Predictor, probabilities: Probabilities) -> Labels:
    """Return the predicted classes (n,), 0 to 10."""
    is_rejected = probabilities[:, NOT_A_DIGIT_CLASS] >= predictor.rejection_threshold
    return np.where(is_rejected, NOT_A_DIGIT_CLASS, probabilities[:, :10].argmax(axis=1))


def select_confidence(probabilities: Probabilities, classes: Labels) -> npt.NDArray[np.float64]:
    """Return the probability (n,) of each predicted class."""
    return probabilities[np.arange(len(classes)), classes]


def _is_unsure(
    predictor: Predictor, probabilities: Probabilities, classes: Labels
) -> npt.NDArray[np.bool_]:
    confidence = select_confidence(probabilities, classes)
    is_digit = classes != NOT_A_DIGIT_CLASS
    return np.asarray(is_digit & (confidence < predictor.confidence_threshold))


def _compute_rejection_score(
    predictor: Predictor, probabilities: Probabilities
) -> npt.NDArray[np.float64]:
    """Return the probability of not_a_digit; of a model with ten outputs, 1 - the maximum."""
    if predictor.num_outputs > NOT_A_DIGIT_CLASS:
        return probabilities[:, NOT_A_DIGIT_CLASS]
    return np.asarray(1 - probabilities.max(axis=1))


def _round_mean(values: npt.NDArray[np.bool_]) -> float:
    return round(float(values.mean()), 5)
