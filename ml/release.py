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

from ml import datasets
from ml.behaviour import describe_behaviour, describe_curves, describe_size
from ml.calibration import (
    DIGITS_REJECTED,
    DIGITS_UNSURE,
    NONDIGITS_REJECTED,
    choose_thresholds,
    choose_unsure_below,
    fit_temperature,
)
from ml.card import LOG, Card, read_card, write_card
from ml.checkpoint import build_network, load_network, place_release, save_release
from ml.evaluation import evaluate
from ml.layers import count_multiply_adds as count_multiply_adds
from ml.predictor import (
    OUTPUTS,
    TEN_DIGITS_RULE,
    VERDICT_RULE,
    compute_softmax,
    load_predictor,
)
from ml.training import TrainingResult
from ml.validation import DIGIT_SETS, NONDIGIT_SETS, ValidationData, compute_logits


def release_model(
    model: TrainingResult,
    validation: ValidationData,
    folder: Path,
    *,
    note: str = "",
    code_version: str | None = None,
    with_test: bool = True,
) -> Card:
    """Calibrate on validation, evaluate, and save a release into `folder`; return its card.

    The test sets are read only when `with_test`, after everything is chosen. A card without figures
    serves to make those figures with the very files that are released.
    """
    draft = _describe(model, validation, note, code_version or find_code_version())
    log = [asdict(report) for report in model.reports]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as scratch:
        whole = Path(scratch) / "release"
        saved = save_release(whole, model.weights, draft, log)
        card = write_card(whole, {**saved, **_measure(whole, with_test=with_test)})
        place_release(whole, folder)
    return card


def measure_release(folder: Path, *, with_test: bool = True) -> Card:
    """Return the card of a release with everything measured anew from its files; what was chosen
    stays, and so do the figures of the test sets unless `with_test`. Raises CannotLoadRelease."""
    card = read_card(folder)
    log = [json.loads(line) for line in (folder / LOG).read_text(encoding="utf-8").splitlines()]
    measured = _measure(folder, with_test=with_test)
    return {
        **card,
        **describe_size(load_network(folder)),
        **measured,
        "training": {**card["training"], "curves": describe_curves(log)},
        "figures": {**card["figures"], **measured["figures"]},
    }


def _measure(folder: Path, *, with_test: bool) -> dict[str, Any]:
    """Return the parts of the card that the released files show."""
    predictor = load_predictor(folder, "cpu")
    figures = {"validation": evaluate(predictor, "validation")}
    if with_test:
        figures["test"] = evaluate(predictor, "test")
    return {"figures": figures, **describe_behaviour(predictor)}


def _describe(
    model: TrainingResult, validation: ValidationData, note: str, code_version: str
) -> dict[str, Any]:
    """Return the card, without figures and hashes of the model's files."""
    config = model.config
    network = build_network(config.architecture, model.weights, config.shape)
    calibration = calibrate(network, validation)
    return {
        "name": config.architecture,
        "architecture": config.architecture,
        "shape": config.shape,
        "note": note,
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


def calibrate(
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
    if pooled.shape[1] == OUTPUTS[TEN_DIGITS_RULE]:
        confidence = compute_softmax(pooled, temperature).max(axis=1)
        return {"temperature": temperature, "verdict": _describe_ten(confidence)}
    nondigits = [logits[name] for name in nondigit_sets]
    thresholds = choose_thresholds(pooled, nondigits, temperature)
    return {
        "temperature": temperature,
        "verdict": {
            "rule": VERDICT_RULE,
            "score": "the calibrated probability of the class not_a_digit among eleven",
            "confidence": "the calibrated probability of the answered class among eleven",
            **asdict(thresholds),
            "chosen_on": "validation",
            "digits_rejected_at_most": DIGITS_REJECTED,
            "nondigits_rejected_at_least": NONDIGITS_REJECTED,
            "digits_unsure_about": DIGITS_UNSURE,
        },
    }


def _describe_ten(confidence: npt.NDArray[np.float64]) -> dict[str, Any]:
    """Return the verdict rule of a network that knows digits alone."""
    return {
        "rule": TEN_DIGITS_RULE,
        "score": "none: ten outputs, so that everything drawn is some digit to it",
        "confidence": "the calibrated probability of the answered digit among ten",
        "not_a_digit_from": None,
        "unsure_below": choose_unsure_below(confidence),
        "chosen_on": "validation",
        "digits_unsure_about": DIGITS_UNSURE,
    }


def _describe_training(model: TrainingResult) -> dict[str, Any]:
    device = (
        torch.cuda.get_device_name() if torch.cuda.is_available() else f"{platform.machine()} CPU"
    )
    return {
        "config": asdict(model.config),
        "seeds": [model.config.seed],
        "epochs": len(model.reports),
        "curves": describe_curves([asdict(report) for report in model.reports]),
        "wall_s": round(sum(report.wall_s for report in model.reports)),
        "machine": f"{device}, {torch.get_num_threads()} thread(s)",
    }


def describe_splits() -> dict[str, Any]:
    """Return who trains, validates and is kept out, as the card keeps it."""
    return {
        "pen": {part: list(writers) for part, writers in datasets.PEN_WRITERS.items()},
        "mnist_validation_writers": list(datasets.mnist_writers("validation")),
        "mnist_kept_out_writers": list(datasets.mnist_writers("kept_out")),
        "nondigit_validation_drawers": sorted(datasets.VALIDATION_DRAWERS),
        "nondigit_reported_alphabets": list(datasets.REPORTED_ALPHABETS),
        "lookalikes_left_out": {
            name: sorted(numbers) for name, numbers in datasets.LOOKALIKES.items()
        },
    }


def find_code_version() -> str:
    """Return the commit this code is at, or "unknown" outside a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
