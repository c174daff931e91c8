"""From trained weights to a release: calibrated, evaluated, described in a card, exported and
saved."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import torch
from torch import nn

from ml.architectures.layer_summary import count_multiply_adds as count_multiply_adds
from ml.artifacts.model_card import LOG_FILE, ModelCard, load_model_card, save_model_card
from ml.artifacts.release_files import (
    build_model,
    load_model,
    move_release_into_place,
    save_release,
)
from ml.data import datasets
from ml.evaluation.calibration import (
    MAX_DIGITS_REJECTED,
    MIN_NONDIGITS_REJECTED,
    TARGET_UNSURE_FRACTION,
    fit_temperature,
    select_confidence_threshold,
    select_thresholds,
)
from ml.evaluation.classification_metrics import evaluate_model
from ml.evaluation.model_report import (
    build_training_curves,
    build_validation_report,
    describe_parameters,
)
from ml.evaluation.validation import DIGIT_SETS, NONDIGIT_SETS, ValidationData, compute_logits
from ml.inference.predictor import (
    NUM_OUTPUTS,
    REJECT_THEN_UNSURE_RULE,
    TEN_CLASS_RULE,
    compute_softmax,
    load_predictor,
)
from ml.training.train import TrainingResult


def create_release(
    model: TrainingResult,
    validation: ValidationData,
    folder: Path,
    *,
    note: str = "",
    code_version: str | None = None,
    with_test: bool = True,
) -> ModelCard:
    """Calibrate on validation, evaluate, and save a release into `folder`; return its card.

    The test sets are read only when `with_test`, after everything is chosen. A card without figures
    serves to make those figures with the very files that are released.
    """
    draft = _build_model_card(model, validation, note, code_version or find_code_version())
    log = [asdict(report) for report in model.reports]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as scratch:
        whole = Path(scratch) / "release"
        saved = save_release(whole, model.weights, draft, log)
        card = save_model_card(whole, {**saved, **_measure_release(whole, with_test=with_test)})
        move_release_into_place(whole, folder)
    return card


def remeasure_release(folder: Path, *, with_test: bool = True) -> ModelCard:
    """Return the card of a release with everything measured anew from its files; what was chosen
    stays, and so do the figures of the test sets unless `with_test`. Raises CannotLoadRelease."""
    card = load_model_card(folder)
    log = [
        json.loads(line) for line in (folder / LOG_FILE).read_text(encoding="utf-8").splitlines()
    ]
    measured = _measure_release(folder, with_test=with_test)
    return {
        **card,
        **describe_parameters(load_model(folder)),
        **measured,
        "training": {**card["training"], "curves": build_training_curves(log)},
        "figures": {**card["figures"], **measured["figures"]},
    }


def _measure_release(folder: Path, *, with_test: bool) -> dict[str, Any]:
    """Return the parts of the card that the released files show."""
    predictor = load_predictor(folder, "cpu")
    figures = {"validation": evaluate_model(predictor, "validation")}
    if with_test:
        figures["test"] = evaluate_model(predictor, "test")
    return {"figures": figures, **build_validation_report(predictor)}


def _build_model_card(
    model: TrainingResult, validation: ValidationData, note: str, code_version: str
) -> dict[str, Any]:
    """Return the card, without figures and hashes of the model's files."""
    config = model.config
    network = build_model(config.architecture, model.weights, config.shape)
    calibration = calibrate_model(network, validation)
    return {
        "name": config.architecture,
        "architecture": config.architecture,
        "shape": config.shape,
        "note": note,
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
        "training": _describe_training(model),
        "data": datasets.hash_data_files(),
        "splits": describe_splits(),
        "figures": {},
        "code_version": code_version,
        "runtime": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "onnxruntime": onnxruntime.__version__,
            "numpy": np.__version__,
        },
    }


def calibrate_model(
    network: nn.Module,
    validation: ValidationData,
    *,
    digit_sets: Sequence[str] = DIGIT_SETS,
    nondigit_sets: Sequence[str] = NONDIGIT_SETS,
) -> dict[str, Any]:
    """Return the card's temperature and verdict rule, both chosen on these validation sets; what is
    no digit among the digits is passed over."""
    logits = {
        name: compute_logits(network, validation.sets[name][0], torch.device("cpu")).numpy()
        for name in (*digit_sets, *nondigit_sets)
    }
    pooled = np.concatenate([logits[name] for name in digit_sets])
    labels = np.concatenate([validation.sets[name][1] for name in digit_sets])
    pooled, labels = (
        pooled[labels < datasets.NOT_A_DIGIT_CLASS],
        labels[labels < datasets.NOT_A_DIGIT_CLASS],
    )
    temperature = round(fit_temperature(pooled, labels), 4)
    if pooled.shape[1] == NUM_OUTPUTS[TEN_CLASS_RULE]:
        confidence = compute_softmax(pooled, temperature).max(axis=1)
        return {"temperature": temperature, "verdict": _describe_ten_class_rule(confidence)}
    nondigits = [logits[name] for name in nondigit_sets]
    thresholds = select_thresholds(pooled, nondigits, temperature)
    return {
        "temperature": temperature,
        "verdict": {
            "rule": REJECT_THEN_UNSURE_RULE,
            "score": "the calibrated probability of the class not_a_digit among eleven",
            "confidence": "the calibrated probability of the answered class among eleven",
            **asdict(thresholds),
            "chosen_on": "validation",
            "digits_rejected_at_most": MAX_DIGITS_REJECTED,
            "nondigits_rejected_at_least": MIN_NONDIGITS_REJECTED,
            "digits_unsure_about": TARGET_UNSURE_FRACTION,
        },
    }


def _describe_ten_class_rule(confidence: npt.NDArray[np.float64]) -> dict[str, Any]:
    """Return the verdict rule of a network that knows digits alone."""
    return {
        "rule": TEN_CLASS_RULE,
        "score": "none: ten outputs, so that everything drawn is some digit to it",
        "confidence": "the calibrated probability of the answered digit among ten",
        "not_a_digit_from": None,
        "unsure_below": select_confidence_threshold(confidence),
        "chosen_on": "validation",
        "digits_unsure_about": TARGET_UNSURE_FRACTION,
    }


def _describe_training(model: TrainingResult) -> dict[str, Any]:
    device = (
        torch.cuda.get_device_name() if torch.cuda.is_available() else f"{platform.machine()} CPU"
    )
    return {
        "config": asdict(model.config),
        "seeds": [model.config.seed],
        "epochs": len(model.reports),
        "curves": build_training_curves([asdict(report) for report in model.reports]),
        "wall_s": round(sum(report.wall_s for report in model.reports)),
        "machine": f"{device}, {torch.get_num_threads()} thread(s)",
    }


def describe_splits() -> dict[str, Any]:
    """Return who trains, validates and is kept out, as the card keeps it."""
    return {
        "pen": {part: list(writers) for part, writers in datasets.PEN_WRITERS.items()},
        "mnist_validation_writers": list(datasets.list_mnist_writers("validation")),
        "mnist_kept_out_writers": list(datasets.list_mnist_writers("kept_out")),
        "nondigit_validation_drawers": sorted(datasets.VALIDATION_DRAWERS),
        "nondigit_reported_alphabets": list(datasets.TEST_ALPHABETS),
        "lookalikes_left_out": {
            name: sorted(numbers) for name, numbers in datasets.DIGIT_LOOKALIKES.items()
        },
    }


def find_code_version() -> str:
    """Return the commit this code is at, or "unknown" outside a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
