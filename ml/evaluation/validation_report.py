"""How a network stands while it is retrained: its accuracy on writers and people it is not taught
by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ml.data.datasets import NOT_A_DIGIT_CLASS
from ml.evaluation.validation import ValidationData, compute_logits


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """`accuracy` and `by_digit` are of all digits together (None: no such digit), `sets` of each
    set."""

    accuracy: float
    by_digit: list[float | None]
    sets: dict[str, float]


def validate_by_digit(
    network: nn.Module, data: ValidationData, device: torch.device
) -> ValidationReport:
    """Return the figures, the class of the greatest logit being the answer; a network of ten
    outputs is not asked about what is no digit."""
    answered, true, sets = [], [], {}
    for name, (images, labels) in data.sets.items():
        answers = compute_logits(network, images, device).numpy()
        asked = labels < answers.shape[1]
        if asked.any():
            best = answers.argmax(axis=1)
            sets[name] = round(float((best == labels)[asked].mean()), 5)
            answered.append(best[labels != NOT_A_DIGIT_CLASS])
            true.append(labels[labels != NOT_A_DIGIT_CLASS])
    pooled, labels = np.concatenate(answered), np.concatenate(true)
    right = pooled == labels
    by_digit = [
        round(float(right[labels == digit].mean()), 5) if (labels == digit).any() else None
        for digit in range(10)
    ]
    return ValidationReport(round(float(right.mean()), 5), by_digit, sets)
