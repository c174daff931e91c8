"""Releases whose weights are an average: of runs from one base release, and of that release
(model soups, Wortsman et al., arXiv:2203.05482; WiSE-FT, arXiv:2109.01903)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ml.architectures import load_training_config
from ml.artifacts.model_card import ModelCard, load_model_card
from ml.artifacts.release_storage import build_model, load_epoch_log, load_model
from ml.evaluation.temperature_and_threshold_calibration import (
    NONDIGIT_SHARE,
    calibrate_model,
)
from ml.evaluation.validation_during_training import ValidationData, compute_logits
from ml.training.build_release import (
    build_model_card,
    describe_data,
    measure_release,
    save_measured_release,
)
from ml.training.epoch_report import EpochReport
from ml.training_config import NUM_DIGITS

BIAS = "head.bias"
"""Name of the biases of the last layer."""

BIAS_DIGIT_SETS = ("mnist", "pen", "pen_turned")
BIAS_NONDIGIT_SETS = ("letters", "generated", "doodles", "icons")
"""The validation sets that biases are fitted on: digits and symbols in formulas must not change
weights."""

BIAS_PENALTY = 1e-3


def average_weights(folders: Sequence[Path], base: Path, alpha: float) -> dict[str, Tensor]:
    """Return base + alpha * (mean of the releases - base). Raises CannotLoadRelease."""
    runs = [load_model(folder).state_dict() for folder in folders]
    return {
        name: torch.lerp(value, torch.stack([run[name] for run in runs]).mean(0), alpha)
        if value.is_floating_point()
        else runs[0][name]
        for name, value in load_model(base).state_dict().items()
    }


def fit_class_biases(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the biases (11,) of the classes with the lowest cross-entropy on logits (n, 11).

    Classes are not equally frequent in the styles of other writers: averaged runs predict too few
    flagged ones. Half of the training data are non-digits, so these get NONDIGIT_SHARE of the
    weight. A penalty keeps the biases of the digits small; the temperature is fitted with them.
    """
    is_digit = labels != NUM_DIGITS
    weights = torch.where(
        is_digit,
        (1 - NONDIGIT_SHARE) / is_digit.sum().clamp_min(1),
        NONDIGIT_SHARE / (~is_digit).sum().clamp_min(1),
    )
    parameters = torch.zeros(2 + NUM_DIGITS, dtype=torch.float64, requires_grad=True)
    # Any: the types of torch lack the step with a closure.
    optimizer: Any = torch.optim.LBFGS([parameters], max_iter=100, line_search_fn="strong_wolfe")

    def compute_loss() -> Tensor:
        optimizer.zero_grad()
        inverse_temperature, biases = parameters[0].exp(), parameters[1:]
        losses = F.cross_entropy(
            (logits.double() + biases) * inverse_temperature, labels, reduction="none"
        )
        loss = (weights * losses).sum() + BIAS_PENALTY * biases[:NUM_DIGITS].square().sum()
        torch.autograd.backward(loss)
        return loss

    optimizer.step(compute_loss)
    return parameters[1:].detach().float()


def create_averaged_release(
    folders: Sequence[Path],
    base: Path,
    alpha: float,
    validation: ValidationData,
    out: Path,
    *,
    note: str = "",
    with_test: bool = True,
) -> ModelCard:
    """Calibrate, measure and save the average of releases into `out`; return its model card.

    Biases of the classes are fitted on validation, and added to those of the last layer.
    Configuration, log and curves are those of the first. Raises CannotLoadRelease and CannotExport.
    """
    cards = [load_model_card(folder) for folder in folders]
    weights = average_weights(folders, base, alpha)
    architecture = cards[0]["architecture"]
    images, labels = (
        np.concatenate(
            [validation.sets[name][part] for name in (*BIAS_DIGIT_SETS, *BIAS_NONDIGIT_SETS)]
        )
        for part in (0, 1)
    )
    logits = compute_logits(build_model(architecture, weights), images, torch.device("cpu"))
    weights[BIAS] += fit_class_biases(logits, torch.tensor(labels))
    model = build_model(architecture, weights)
    card = build_model_card(
        load_training_config(architecture),
        model,
        calibrate_model(model, validation),
        training={
            **cards[0]["training"],
            "seeds": [seed for card in cards for seed in card["training"]["seeds"]],
            "wall_s": sum(card["training"]["wall_s"] for card in cards),
            "base_sha256": load_model_card(base)["sha256"],
            "interpolation_alpha": alpha,
        },
        note=note,
    )
    reports = [EpochReport(**line) for line in load_epoch_log(folders[0])]
    measure = partial(measure_release, with_test=with_test)
    return save_measured_release(out, weights, {**card, **describe_data()}, reports, measure)
