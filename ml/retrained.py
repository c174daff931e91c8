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

from ml import datasets
from ml.behaviour import describe_behaviour_here, describe_curves, describe_size
from ml.card import Card, write_card
from ml.checkpoint import build_network, save_release
from ml.course import PEOPLE, Course
from ml.datasets import NOT_A_DIGIT_CLASS
from ml.evaluation import describe_share, measure_calibration, measure_digits
from ml.mistakes import Sets
from ml.predictor import OUTPUTS, Predictor, load_predictor
from ml.release import calibrate, find_code_version
from ml.student import Student
from ml.validation import ValidationData

Labels = npt.NDArray[np.int64]
Probabilities = npt.NDArray[np.float64]


def release_retrained(student: Student, course: Course, folder: Path) -> Card:
    """Calibrate, measure and save a finished run into `folder`; return its card. Raises
    CannotExport and OSError."""
    weights = student.finish(course.base.validation)
    validation = course.find_validation()
    draft = _describe(student, course, weights, validation)
    card = save_release(folder, weights, draft, [asdict(report) for report in student.reports])
    predictor = load_predictor(folder, "cpu")  # the very files that are released
    figures = {"validation": _measure(predictor, validation)}
    behaviour = describe_behaviour_here(predictor, _list_base_digits(validation))
    return write_card(folder, {**card, "figures": figures, **behaviour})


def _describe(
    student: Student, course: Course, weights: dict[str, Tensor], validation: ValidationData
) -> dict[str, Any]:
    request = course.request
    network = build_network(request.architecture, weights, student.shape)
    calibration = _calibrate(network, validation)
    return {
        "name": request.architecture,
        "architecture": request.architecture,
        "shape": student.shape,
        "note": request.note,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "sha256": "",
        "onnx_sha256": "",
        **describe_size(network),
        "input": {
            "size": [28, 28],
            "channels": ["ink"],
            "range": "0 to 1, ink 1 on 0; anything further is done inside the network",
            "preprocessing": "ml.raster.rasterize",
        },
        "classes": list(datasets.CLASSES[: OUTPUTS[calibration["verdict"]["rule"]]]),
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


def _calibrate(network: nn.Module, validation: ValidationData) -> dict[str, Any]:
    """Return temperature and verdict rule, chosen on the sets of digits and those of none."""
    digits: list[str] = []
    nondigits: list[str] = []
    for name, (_, labels) in validation.sets.items():
        (nondigits if (labels == NOT_A_DIGIT_CLASS).all() else digits).append(name)
    return calibrate(network, validation, digit_sets=digits, nondigit_sets=nondigits)


def _describe_training(student: Student) -> dict[str, Any]:
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    return {
        "config": asdict(student.request),
        "base_sha256": student.base_sha256,
        "way_from_base": student.way,
        "seeds": [student.request.seed],
        "epochs": len(student.reports),
        "curves": describe_curves([asdict(report) for report in student.reports]),
        "wall_s": round(sum(report.wall_s for report in student.reports)),
        "machine": f"{platform.machine()} {device}, {torch.get_num_threads()} thread(s)",
    }


def _measure(predictor: Predictor, validation: ValidationData) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    seen: list[tuple[Probabilities, Labels]] = []
    for name, (images, labels) in validation.sets.items():
        classes = predictor.compute_probabilities(images)
        is_digit = labels != NOT_A_DIGIT_CLASS
        if is_digit.any():
            seen.append((classes[is_digit], labels[is_digit]))
            figures[name] = measure_digits(predictor, *seen[-1])
        else:
            rejected = int((classes[:, NOT_A_DIGIT_CLASS] >= predictor.not_a_digit_from).sum())
            figures[name] = describe_share(rejected, len(classes))
    pooled = [np.concatenate(parts) for parts in zip(*seen, strict=True)]
    figures["calibration"] = measure_calibration(predictor, pooled[0], pooled[1])
    return figures


def _list_base_digits(validation: ValidationData) -> Sets:
    """Return the sets of digits whose drawings may be shown: what people drew is not kept in a
    card, where it could not be erased."""
    return {
        name: (images, labels)
        for name, (images, labels) in validation.sets.items()
        if name != PEOPLE and not (labels == NOT_A_DIGIT_CLASS).all()
    }
