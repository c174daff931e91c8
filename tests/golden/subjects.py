"""Subjects of the golden tests. No other golden test file imports modules of the project."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file
from safetensors.torch import load_file as load_tensors

from ml.artifacts.model_card import WEIGHTS_FILE
from ml.data.epoch_dataset import EMPTY_IMAGE_DATASET, TrainingData
from ml.data.render_ink_samples import render_inks
from ml.data.synthetic_digits import draw_digits
from ml.evaluation.validation_during_training import ValidationData
from ml.preprocessing.rasterize import rasterize, rasterize_many
from ml.retraining.rehearsal_data import RehearsalData
from ml.retraining.retrain import retrain
from ml.retraining.retraining_config import FineTuningConfig, LabelledDrawing, RetrainingConfig
from ml.training.train_from_scratch import train
from ml.training_config import TrainingConfig

__all__ = ["rasterize", "rasterize_many", "retrain_weights", "train_weights"]

Weights = dict[str, npt.NDArray[Any]]

RELEASE = Path(__file__).resolve().parents[2] / "ml" / "weights" / "inknet"
VALIDATION = ValidationData(
    {
        "synthetic": render_inks(draw_digits(40, 2)),
        "generated": (np.zeros((4, 28, 28), dtype=np.uint8), np.full(4, 10)),
    }
)
INKNET = TrainingConfig(
    epochs=2,
    cooldown_epochs=0,
    batch_size=64,
    peak_lr=2e-4,
    renderings_per_digit=2,
    renderings_per_nondigit=1,
    num_synthetic_nondigits=40,
    num_synthetic_digits=20,
    num_nondigits_of_digits=20,
    warmup_epochs=0.5,
    ema_decay=0.9,
)
CONFIGS = {
    "inknet_untrained": replace(INKNET, epochs=0),
    "inknet_from_base": INKNET,
    "inknet_from_base_calm": replace(
        INKNET, epochs=1, cooldown_epochs=1, cooldown_lr=1e-4, cooldown_ema_decay=0.8
    ),
    "mlp": TrainingConfig(
        architecture="mlp",
        epochs=2,
        cooldown_epochs=0,
        batch_size=32,
        peak_lr=5e-4,
        renderings_per_digit=1,
        num_synthetic_nondigits=0,
        num_synthetic_digits=0,
        num_nondigits_of_digits=0,
        warmup_epochs=0.5,
        ema_decay=0.9,
    ),
    "fnn": TrainingConfig(
        architecture="fnn",
        epochs=2,
        cooldown_epochs=0,
        batch_size=32,
        peak_lr=0.1,
        renderings_per_digit=1,
        num_synthetic_nondigits=0,
        num_synthetic_digits=0,
        num_nondigits_of_digits=0,
        weight_decay=5e-6,
    ),
}
TUNING = FineTuningConfig(
    rehearsal_images=200,
    rehearsal_nondigits=40,
    max_repetitions=2,
    batch_size=32,
    peak_lr=2e-4,
    interpolation=0.7,
)
REQUESTS = {
    "inknet_from_base": RetrainingConfig(epochs=2, rehearsal="synthetic", tuning=TUNING),
    "mlp_from_scratch": RetrainingConfig(
        architecture="mlp", epochs=2, rehearsal="synthetic", tuning=TUNING
    ),
}


def train_weights(name: str) -> Weights:
    """Return the averaged weights of a run of CONFIGS on a CPU; with a base, how far they moved
    from it."""
    start = load_tensors(RELEASE / WEIGHTS_FILE) if "_from_base" in name else None
    result = train(CONFIGS[name], _training_data(), VALIDATION, device="cpu", start=start)
    weights: Weights = {name: value.numpy() for name, value in result.weights.items()}
    return weights if start is None else _subtract_base(weights)


def retrain_weights(name: str, folder: Path) -> Weights:
    """Return the released weights of a run of REQUESTS on drawings of six users; with a base, how
    far they moved from it."""
    samples = [
        LabelledDrawing(
            ink.label, f"user {number % 6}", strokes=ink.strokes, drawing_id=str(number)
        )
        for number, ink in enumerate(draw_digits(60, 3))
    ]
    samples.append(LabelledDrawing(10, "user 1", strokes=[[[0, 0, 5], [9, 9, 6]]]))
    raster = np.zeros((28, 28), dtype=np.uint8)
    raster[4:24, 12:16] = 255
    samples.append(LabelledDrawing(4, "user 2", raster=raster.tobytes()))
    data = RehearsalData("synthetic", _training_data(), VALIDATION)
    base = RELEASE if name.endswith("from_base") else None
    release = retrain(REQUESTS[name], samples, folder=folder, base=base, data=data)
    weights: Weights = load_file(release / WEIGHTS_FILE)
    return weights if base is None else _subtract_base(weights)


def _subtract_base(weights: Weights) -> Weights:
    return {
        name: weights[name] - value for name, value in load_file(RELEASE / WEIGHTS_FILE).items()
    }


def _training_data() -> TrainingData:
    return TrainingData(EMPTY_IMAGE_DATASET, draw_digits(200, 1), [])
