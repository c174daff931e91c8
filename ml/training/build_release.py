"""Releases of trained models: calibration, metrics, model card, export."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from ml.artifacts.atomic_write import replace_dir
from ml.artifacts.model_card import (
    CARD_VERSION,
    CalibrationSections,
    DataSections,
    MeasuredCard,
    ModelCard,
    TrainingSummary,
    load_model_card,
    save_model_card,
)
from ml.artifacts.release_storage import build_model, load_epoch_log, load_model, save_release
from ml.data import datasets
from ml.evaluation.model_card_sections import (
    build_training_curves,
    build_validation_report,
    describe_parameters,
)
from ml.evaluation.release_evaluation import evaluate_model
from ml.evaluation.temperature_and_threshold_calibration import calibrate_model
from ml.evaluation.validation_during_training import ValidationData
from ml.inference.predictor import NUM_OUTPUTS, Predictor, load_predictor
from ml.training.epoch_report import EpochReport
from ml.training.train_from_scratch import TrainingResult
from ml.training_config import TrainingConfig


def create_release(
    result: TrainingResult,
    validation: ValidationData,
    folder: Path,
    *,
    note: str = "",
    code_version: str | None = None,
    with_test: bool = True,
) -> ModelCard:
    """Calibrate, measure and save a release into `folder`; return its model card.

    The test sets are read only with `with_test`, and last, so that nothing is chosen by them.
    Raises CannotExport.
    """
    config = result.config
    model = build_model(config.architecture, result.weights, config.shape)
    training = describe_training(asdict(config), config.seed, result.reports)
    if result.start_sha256:
        training["base_sha256"] = result.start_sha256
    card = build_model_card(
        config,
        model,
        calibrate_model(model, validation),
        training=training,
        note=note,
        code_version=code_version,
    )
    measure = partial(measure_release, with_test=with_test)
    described: ModelCard = {**card, **describe_data()}
    return save_measured_release(folder, result.weights, described, result.reports, measure)


def describe_data() -> DataSections:
    """Return the data sections of a model card. Raises DatasetMissing."""
    return {"data_files": datasets.hash_data_files(), "splits": datasets.describe_splits()}


def save_measured_release(
    folder: Path,
    weights: Mapping[str, Tensor],
    card: ModelCard,
    reports: Sequence[EpochReport],
    measure: Callable[[Predictor], MeasuredCard],
) -> ModelCard:
    """Save a release and return its model card, with the sections that `measure` returns.

    The predictor to measure is loaded from the files of the release. `folder` appears complete, or
    not at all. Raises CannotExport.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as temporary:
        unfinished = Path(temporary) / "release"
        saved = save_release(unfinished, weights, card, [asdict(report) for report in reports])
        measured = measure(load_predictor(unfinished, "cpu"))
        card = save_model_card(unfinished, {**saved, **measured})
        replace_dir(unfinished, folder)
    return card


def remeasure_release(folder: Path, *, with_test: bool = True) -> ModelCard:
    """Return the model card of a release with new measurements of its files.

    Temperature and thresholds stay, and so do the metrics of the test sets unless `with_test`.
    Raises CannotLoadRelease.
    """
    card = load_model_card(folder)
    measured = measure_release(load_predictor(folder, "cpu"), with_test=with_test)
    curves = build_training_curves(load_epoch_log(folder))
    return {
        **card,
        **describe_parameters(load_model(folder)),
        **measured,
        "training": {**card["training"], "curves": curves},
        "metrics": {**card["metrics"], **measured["metrics"]},
    }


def measure_release(predictor: Predictor, *, with_test: bool) -> MeasuredCard:
    """Return the sections of the model card that are measured on a release."""
    metrics = {"validation": evaluate_model(predictor, "validation")}
    if with_test:
        metrics["test"] = evaluate_model(predictor, "test")
    return {"metrics": metrics, **build_validation_report(predictor)}


def build_model_card(
    config: TrainingConfig,
    model: nn.Module,
    calibration: CalibrationSections,
    *,
    training: TrainingSummary,
    note: str = "",
    code_version: str | None = None,
) -> ModelCard:
    """Return the model card of a release, with empty metrics and hashes and without its data."""
    size = describe_parameters(model)
    return {
        "version": CARD_VERSION,
        "name": config.architecture,
        "architecture": config.architecture,
        "architecture_params": config.shape,
        "note": note,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "sha256": "",
        "onnx_sha256": "",
        "parameters": size["parameters"],
        "buffers": size["buffers"],
        "multiply_adds": size["multiply_adds"],
        "layers": size["layers"],
        "input": {
            "size": [28, 28],
            "channels": ["ink"],
            "range": "0 (background) to 1 (ink); other normalization is part of the model",
            "preprocessing": "ml.preprocessing.rasterize.rasterize",
        },
        "classes": list(datasets.CLASS_NAMES[: NUM_OUTPUTS[calibration["decision"]["rule"]]]),
        "temperature": calibration["temperature"],
        "decision": calibration["decision"],
        "training": training,
        "metrics": {},
        "code_version": code_version or find_code_version(),
        "runtime": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "onnxruntime": onnxruntime.__version__,
            "numpy": np.__version__,
        },
    }


def describe_training(
    config: Mapping[str, Any], seed: int, reports: Sequence[EpochReport]
) -> TrainingSummary:
    """Return the config, curves, duration and machine of a run, for the model card."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    return {
        "config": dict(config),
        "seeds": [seed],
        "epochs": len(reports),
        "curves": build_training_curves([asdict(report) for report in reports]),
        "wall_s": round(sum(report.wall_s for report in reports)),
        "machine": f"{platform.machine()} {device}, {torch.get_num_threads()} thread(s)",
    }


def find_code_version() -> str:
    """Return the git commit of this code, or "unknown" outside of a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
