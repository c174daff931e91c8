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

NONDIGIT_SHARE = 1 / 20
"""The fraction of non-digits among the drawings that the rejection threshold is chosen for."""

MAX_DIGITS_REJECTED = 0.003
"""Maximum fraction of each validation set of digits with the decision not_a_digit."""

MIN_REJECTION_THRESHOLD, MAX_REJECTION_THRESHOLD = 0.5, 0.9999
_MAX_LOGIT, _NUM_CANDIDATES = 9.2, 921  # in steps of 0.01 from a probability of 0.5

TARGET_UNSURE_FRACTION = 0.02
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
    by_set = [logits[name][validation.sets[name][1] != NOT_A_DIGIT_CLASS] for name in digit_sets]
    digits = np.concatenate(by_set)
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
        thresholds = select_thresholds(by_set, nondigits, temperature)
        rule = {
            "rule": REJECT_THEN_UNSURE_RULE,
            "score": "calibrated probability of the class not_a_digit, of eleven classes",
            "confidence": "calibrated probability of the predicted class, of eleven classes",
            "rejection_threshold": thresholds.rejection,
            "confidence_threshold": thresholds.confidence,
            "nondigit_share": NONDIGIT_SHARE,
            "max_digits_rejected": MAX_DIGITS_REJECTED,
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
    digits: Sequence[npt.NDArray[np.float32]],
    nondigits: Sequence[npt.NDArray[np.float32]],
    temperature: float,
) -> DecisionThresholds:
    """Return the thresholds for the logits (n, 11) of validation sets of digits and of non-digits.

    The rejection threshold gives the fewest wrong decisions if NONDIGIT_SHARE of the drawings are
    non-digits; each set of a kind counts equally. It rejects at most MAX_DIGITS_REJECTED of each
    set of digits, or one drawing. It is within its limits unless none of these keeps that.
    """
    digit_probabilities = [compute_softmax(one, temperature) for one in digits if len(one)]
    digit_scores = [probabilities[:, -1] for probabilities in digit_probabilities]
    nondigit_scores = [compute_softmax(one, temperature)[:, -1] for one in nondigits if len(one)]
    candidates = 1 / (1 + np.exp(-np.linspace(0, _MAX_LOGIT, _NUM_CANDIDATES)))
    rejected = np.stack([_compute_rejected(scores, candidates) for scores in digit_scores])
    accepted = 1 - np.stack([_compute_rejected(one, candidates) for one in nondigit_scores])
    errors = (1 - NONDIGIT_SHARE) * rejected.mean(axis=0) + NONDIGIT_SHARE * accepted.mean(axis=0)
    limits = np.array([[max(MAX_DIGITS_REJECTED, 1 / len(scores))] for scores in digit_scores])
    excess = (rejected > limits).any(axis=0)
    if excess.all():  # accepting digits has priority
        pairs = zip(digit_scores, limits[:, 0], strict=True)
        lowest = [float(np.quantile(one, 1 - limit, method="higher")) for one, limit in pairs]
        rejection = max(MAX_REJECTION_THRESHOLD, *lowest)
    else:
        rejection = float(candidates[np.where(excess, np.inf, errors).argmin()])
    confidence = np.concatenate([one[:, :-1].max(axis=1) for one in digit_probabilities])
    return DecisionThresholds(round(rejection, 6), select_confidence_threshold(confidence))


def _compute_rejected(
    scores: npt.NDArray[np.float64], thresholds: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the fraction of scores that reach each threshold."""
    below = np.searchsorted(np.sort(scores), thresholds, side="left")
    # Not 1 - below / n: 9 of 3,000 must not exceed a limit of 0.003.
    return np.asarray((len(scores) - below) / len(scores))


def select_confidence_threshold(confidence: npt.NDArray[np.float64]) -> float:
    """Return the threshold, 0.5 to 0.99, below which TARGET_UNSURE_FRACTION of the values are."""
    return round(min(max(float(np.quantile(confidence, TARGET_UNSURE_FRACTION)), 0.5), 0.99), 3)
