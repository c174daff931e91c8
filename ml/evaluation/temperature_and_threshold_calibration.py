"""Calibration on the validation sets after training: temperature and decision thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ml.artifacts.model_card import CalibrationSections, DecisionRule
from ml.data.datasets import NOT_A_DIGIT_CLASS
from ml.evaluation.validation_during_training import (
    DIGIT_SETS,
    NONDIGIT_SETS,
    ValidationData,
    compute_logits,
)
from ml.inference.predictor import (
    NUM_OUTPUTS,
    REJECT_THEN_UNSURE_RULE,
    TEN_CLASS_RULE,
    compute_softmax,
)

MAX_DIGITS_REJECTED = 0.01
"""Maximum fraction of validation digits with the decision not_a_digit."""

MIN_NONDIGITS_REJECTED = 0.985
"""Minimum fraction of each validation set of non-digits with the decision not_a_digit."""

MIN_REJECTION_THRESHOLD, MAX_REJECTION_THRESHOLD = 0.5, 0.9

TARGET_UNSURE_FRACTION = 0.015
"""Approximate fraction of validation digits with the decision unsure."""

_NUM_BISECTIONS = 40


@dataclass(frozen=True, slots=True)
class DecisionThresholds:
    """Thresholds of the decision rule.

    The decision is not_a_digit from `rejection` on, otherwise unsure below `confidence`.
    """

    rejection: float
    confidence: float


def calibrate_model(
    model: nn.Module,
    validation: ValidationData,
    *,
    digit_sets: Sequence[str] = DIGIT_SETS,
    nondigit_sets: Sequence[str] = NONDIGIT_SETS,
) -> CalibrationSections:
    """Return the temperature and the decision rule for the model card.

    Non-digits in the digit sets are ignored.
    """
    logits = {
        name: compute_logits(model, validation.sets[name][0], torch.device("cpu")).numpy()
        for name in (*digit_sets, *nondigit_sets)
    }
    labels = np.concatenate([validation.sets[name][1] for name in digit_sets])
    is_digit = labels != NOT_A_DIGIT_CLASS
    digits = np.concatenate([logits[name] for name in digit_sets])[is_digit]
    temperature = round(fit_temperature(digits, labels[is_digit]), 4)
    if digits.shape[1] == NUM_OUTPUTS[TEN_CLASS_RULE]:
        confidence = compute_softmax(digits, temperature).max(axis=1)
        rule: DecisionRule = {
            "rule": TEN_CLASS_RULE,
            "score": "none: the model has ten classes and cannot reject an input",
            "confidence": "calibrated probability of the predicted digit, of ten classes",
            "rejection_threshold": None,
            "confidence_threshold": select_confidence_threshold(confidence),
            "chosen_on": "validation",
            "target_unsure_fraction": TARGET_UNSURE_FRACTION,
        }
    else:
        nondigits = [logits[name] for name in nondigit_sets]
        thresholds = select_thresholds(digits, nondigits, temperature)
        rule = {
            "rule": REJECT_THEN_UNSURE_RULE,
            "score": "calibrated probability of the class not_a_digit, of eleven classes",
            "confidence": "calibrated probability of the predicted class, of eleven classes",
            "rejection_threshold": thresholds.rejection,
            "confidence_threshold": thresholds.confidence,
            "max_digits_rejected": MAX_DIGITS_REJECTED,
            "min_nondigits_rejected": MIN_NONDIGITS_REJECTED,
            "chosen_on": "validation",
            "target_unsure_fraction": TARGET_UNSURE_FRACTION,
        }
    return {"temperature": temperature, "decision": rule}


def fit_temperature(
    logits: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
    *,
    low: float = 0.1,
    high: float = 10.0,
) -> float:
    """Return the temperature in [low, high] with the lowest cross-entropy on logits (n, k) (Guo et
    al., arXiv:1706.04599).

    The loss is convex in 1 / temperature, so bisection finds the root of its slope.
    """
    scaled = (logits - logits.max(axis=1, keepdims=True)).astype(np.float64)
    true = scaled[np.arange(len(labels)), labels]

    def slope(inverse: float) -> float:
        powers = np.exp(scaled * inverse)
        mean = (powers * scaled).sum(axis=1) / powers.sum(axis=1)
        return float((mean - true).mean())

    below, above = 1 / high, 1 / low
    for _ in range(_NUM_BISECTIONS):
        middle = (below + above) / 2
        below, above = (below, middle) if slope(middle) > 0 else (middle, above)
    return 2 / (below + above)


def select_thresholds(
    digits: npt.NDArray[np.float32],
    nondigits: Sequence[npt.NDArray[np.float32]],
    temperature: float,
) -> DecisionThresholds:
    """Return the thresholds for the logits (n, 11) of validation digits and sets of non-digits.

    Users draw digits far more often than training does, so the rejection threshold is as high as
    possible: the highest value within its limits that rejects MIN_NONDIGITS_REJECTED of each set.
    It is higher if it would otherwise reject more than MAX_DIGITS_REJECTED of the digits.
    """
    digit_probabilities = compute_softmax(digits, temperature)
    highest = min(
        float(np.quantile(compute_softmax(one, temperature)[:, -1], 1 - MIN_NONDIGITS_REJECTED))
        for one in nondigits
    )
    lowest = float(
        np.quantile(digit_probabilities[:, -1], 1 - MAX_DIGITS_REJECTED, method="higher")
    )
    rejection = max(min(max(highest, MIN_REJECTION_THRESHOLD), MAX_REJECTION_THRESHOLD), lowest)
    confidence = digit_probabilities[:, :-1].max(axis=1)
    return DecisionThresholds(round(rejection, 3), select_confidence_threshold(confidence))


def select_confidence_threshold(confidence: npt.NDArray[np.float64]) -> float:
    """Return the threshold, 0.5 to 0.99, below which TARGET_UNSURE_FRACTION of the values are."""
    return round(min(max(float(np.quantile(confidence, TARGET_UNSURE_FRACTION)), 0.5), 0.99), 3)
