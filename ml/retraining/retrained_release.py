"""The release of a retraining run, calibrated and measured on its own validation data."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ml.artifacts.model_card import MeasuredCard, ModelCard, TrainingSummary
from ml.artifacts.release_storage import build_model
from ml.data.datasets import NOT_A_DIGIT_CLASS
from ml.evaluation.accuracy_ece_auroc import (
    compute_calibration_metrics,
    compute_digit_metrics,
    compute_proportion,
)
from ml.evaluation.model_card_sections import build_model_report
from ml.evaluation.temperature_and_threshold_calibration import calibrate_model
from ml.evaluation.validation_during_training import ValidationData
from ml.inference.predictor import Predictor
from ml.preprocessing.array_types import Labels
from ml.retraining.fine_tuner import FineTuner
from ml.retraining.user_and_rehearsal_mix import USERS_SET, EpochSampler
from ml.training.build_release import build_model_card, describe_training, save_measured_release


def create_retrained_release(trainer: FineTuner, sampler: EpochSampler, folder: Path) -> ModelCard:
    """Calibrate, measure and save a finished run into `folder`; return the model card.

    Raises CannotExport and OSError.
    """
    config = trainer.retraining_config
    weights = trainer.compute_final_weights(sampler.rehearsal.validation)
    validation = sampler.build_validation_data()
    model = build_model(trainer.config.architecture, weights, trainer.config.shape)
    digits = [n for n, (_, labels) in validation.sets.items() if _has_digits(labels)]
    nondigits = [name for name in validation.sets if name not in digits]
    training: TrainingSummary = {
        **describe_training(asdict(config), config.seed, trainer.reports),
        "base_sha256": trainer.base_sha256,
        "interpolation_alpha": trainer.alpha,
    }
    card = build_model_card(
        trainer.config,
        model,
        calibrate_model(model, validation, digit_sets=digits, nondigit_sets=nondigits),
        training=training,
        note=config.note,
    )
    card["data"] = sampler.describe()

    def measure(predictor: Predictor) -> MeasuredCard:
        # No drawings of users in the model card: they could not be erased from it.
        public = {name: validation.sets[name] for name in digits if name != USERS_SET}
        metrics = {"validation": _measure_validation(predictor, validation)}
        return {"metrics": metrics, **build_model_report(predictor, public)}

    return save_measured_release(folder, weights, card, trainer.reports, measure)


def _measure_validation(predictor: Predictor, validation: ValidationData) -> dict[str, Any]:
    """Return the metrics of each set, and the calibration on the digits of all sets."""
    metrics: dict[str, Any] = {}
    probabilities, digit_labels = [], []
    for name, (images, labels) in validation.sets.items():
        classes = predictor.compute_probabilities(images)
        if _has_digits(labels):
            is_digit = labels != NOT_A_DIGIT_CLASS
            probabilities.append(classes[is_digit])
            digit_labels.append(labels[is_digit])
            metrics[name] = compute_digit_metrics(predictor, probabilities[-1], digit_labels[-1])
        else:
            rejected = int((classes[:, NOT_A_DIGIT_CLASS] >= predictor.rejection_threshold).sum())
            metrics[name] = compute_proportion(rejected, len(classes))
    metrics["calibration"] = compute_calibration_metrics(
        predictor, np.concatenate(probabilities), np.concatenate(digit_labels)
    )
    return metrics


def _has_digits(labels: Labels) -> bool:
    return bool((labels != NOT_A_DIGIT_CLASS).any())
