"""From a retrained network to a release: calibrated and measured on people and writers it was not
taught by, described in a card, exported and saved."""

from __future__ import annotations

import platform
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import torch
from torch import Tensor, nn

from ml.artifacts.model_card import ModelCard, save_model_card
from ml.artifacts.release_files import build_model, save_release
from ml.data import datasets
from ml.data.datasets import NOT_A_DIGIT_CLASS
from ml.evaluation.classification_metrics import (
    compute_calibration_metrics,
    compute_digit_metrics,
    compute_proportion,
)
from ml.evaluation.misclassifications import LabelledSets
from ml.evaluation.model_report import (
    build_model_report,
    build_training_curves,
    describe_parameters,
)
from ml.evaluation.validation import ValidationData
from ml.inference.predictor import NUM_OUTPUTS, Predictor, load_predictor
from ml.retraining.epoch_sampler import USERS_SET, EpochSampler
from ml.retraining.fine_tuner import FineTuner
from ml.training.release import calibrate_model, find_code_version

Labels = npt.NDArray[np.int64]
ClassProbabilities = npt.NDArray[np.float64]


def create_retrained_release(student: FineTuner, course: EpochSampler, folder: Path) -> ModelCard:
    """Calibrate, measure and save a finished run into `folder`; return its card. Raises
    CannotExport and OSError."""
    weights = student.finish(course.base.validation)
    validation = course.build_validation_data()
    draft = _build_model_card(student, course, weights, validation)
    card = save_release(folder, weights, draft, [asdict(report) for report in student.reports])
    predictor = load_predictor(folder, "cpu")  # the very files that are released
    figures = {"validation": _measure_validation(predictor, validation)}
    behaviour = build_model_report(predictor, _select_public_digit_sets(validation))
    return save_model_card(folder, {**card, "figures": figures, **behaviour})


def _build_model_card(
    student: FineTuner, course: EpochSampler, weights: dict[str, Tensor], validation: ValidationData
) -> dict[str, Any]:
    request = course.request
    network = build_model(request.architecture, weights, student.shape)
    calibration = _calibrate_model(network, validation)
    return {
        "name": request.architecture,
        "architecture": request.architecture,
        "shape": student.shape,
        "note": request.note,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "sha256": "",
        "onnx_sha256": "",
        **describe_parameters(network),
        "input": {
            "size": [28, 28],
            "channels": ["ink"],
            "range": "0 to 1, ink 1 on 0; anything further is done inside the network",
            "preprocessing": "ml.preprocessing.rasterize.rasterize",
        },
        "classes": list(datasets.CLASS_NAMES[: NUM_OUTPUTS[calibration["verdict"]["rule"]]]),
        **calibration,
        "training": _describe_training(student),
        "data": {"snapshot_sha256": request.snapshot_sha256, **course.describe()},
        "figures": {},
        "code_version": find_code_version(),
        "runtime": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "onnxruntime": onnxruntime.__version__,
            "numpy": np.__version__,
        },
    }


def _calibrate_model(network: nn.Module, validation: ValidationData) -> dict[str, Any]:
    """Return temperature and verdict rule, chosen on the sets of digits and those of none."""
    digits: list[str] = []
    nondigits: list[str] = []
    for name, (_, labels) in validation.sets.items():
        (nondigits if (labels == NOT_A_DIGIT_CLASS).all() else digits).append(name)
    return calibrate_model(network, validation, digit_sets=digits, nondigit_sets=nondigits)


def _describe_training(student: FineTuner) -> dict[str, Any]:
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    return {
        "config": asdict(student.request),
        "base_sha256": student.base_sha256,
        "way_from_base": student.way,
        "seeds": [student.request.seed],
        "epochs": len(student.reports),
        "curves": build_training_curves([asdict(report) for report in student.reports]),
        "wall_s": round(sum(report.wall_s for report in student.reports)),
        "machine": f"{platform.machine()} {device}, {torch.get_num_threads()} thread(s)",
    }


def _measure_validation(predictor: Predictor, validation: ValidationData) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    seen: list[tuple[ClassProbabilities, Labels]] = []
    for name, (images, labels) in validation.sets.items():
        classes = predictor.compute_probabilities(images)
        is_digit = labels != NOT_A_DIGIT_CLASS
        if is_digit.any():
            seen.append((classes[is_digit], labels[is_digit]))
            figures[name] = compute_digit_metrics(predictor, *seen[-1])
        else:
            rejected = int((classes[:, NOT_A_DIGIT_CLASS] >= predictor.not_a_digit_from).sum())
            figures[name] = compute_proportion(rejected, len(classes))
    pooled = [np.concatenate(parts) for parts in zip(*seen, strict=True)]
    figures["calibration"] = compute_calibration_metrics(predictor, pooled[0], pooled[1])
    return figures


def _select_public_digit_sets(validation: ValidationData) -> LabelledSets:
    """Return the sets of digits whose drawings may be shown: what people drew is not kept in a
    card, where it could not be erased."""
    return {
        name: (images, labels)
        for name, (images, labels) in validation.sets.items()
        if name != USERS_SET and not (labels == NOT_A_DIGIT_CLASS).all()
    }
