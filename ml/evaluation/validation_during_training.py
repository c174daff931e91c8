"""Validation during training, on writers that are not in the training data. All choices depend on
these metrics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ml.architectures import to_model_input
from ml.data.datasets import NOT_A_DIGIT_CLASS
from ml.evaluation.release_evaluation import UPRIGHT_SETS, load_digit_sets, load_nondigit_sets
from ml.preprocessing.array_types import Raster

DIGIT_SETS = UPRIGHT_SETS
NONDIGIT_SETS = ("letters", "generated", "symbols", "doodles", "icons")
"""The sets that calibration uses."""


@dataclass(frozen=True, slots=True)
class ValidationData:
    """Named sets of images (n, 28, 28) uint8 with labels (n,) int64."""

    sets: dict[str, tuple[Raster, npt.NDArray[np.int64]]]


def load_validation_data() -> ValidationData:
    """Load the digits and non-digits that validate. Raises DatasetMissing."""
    nondigits = {
        name: (images, np.full(len(images), NOT_A_DIGIT_CLASS))
        for name, images in load_nondigit_sets("validation").items()
    }
    return ValidationData({**load_digit_sets("validation"), **nondigits})


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """Accuracy on the digits of all sets together, for each digit, and on each set.

    An entry of `by_digit` is None if no set has that digit.
    """

    accuracy: float
    by_digit: list[float | None]
    sets: dict[str, float]


def validate(model: nn.Module, data: ValidationData, device: torch.device) -> ValidationReport:
    """Return the accuracy of the most probable class. Labels that the model has no class for are
    ignored."""
    predictions, digit_labels, sets = [], [], {}
    for name, (images, labels) in data.sets.items():
        logits = compute_logits(model, images, device).numpy()
        classes, has_class = logits.argmax(axis=1), labels < logits.shape[1]
        if has_class.any():
            sets[name] = round(float((classes == labels)[has_class].mean()), 5)
            is_digit = labels != NOT_A_DIGIT_CLASS
            predictions.append(classes[is_digit])
            digit_labels.append(labels[is_digit])
    labels = np.concatenate(digit_labels)
    is_correct = np.concatenate(predictions) == labels
    by_digit = [
        round(float(is_correct[labels == digit].mean()), 5) if (labels == digit).any() else None
        for digit in range(10)
    ]
    return ValidationReport(round(float(is_correct.mean()), 5), by_digit, sets)


def compute_logits(
    model: nn.Module, images: Raster, device: torch.device, batch_size: int = 512
) -> Tensor:
    """Return the logits (n, 10 or 11) float32 on the CPU; leave the model in evaluation mode."""
    model.eval()
    parts = []
    with torch.inference_mode():
        for start in range(0, len(images), batch_size):
            batch = torch.from_numpy(images[start : start + batch_size]).to(device)
            logits, _ = model(to_model_input(batch))
            parts.append(logits.float().cpu())
    return torch.cat(parts)
