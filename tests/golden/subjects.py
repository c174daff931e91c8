"""What the golden tests run. No other file of theirs imports the modules of the project."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file
from safetensors.torch import load_file as load_tensors

from ml.card import WEIGHTS
from ml.inks import render_inks
from ml.pool import NO_BITMAPS, TrainingData
from ml.raster import rasterize, rasterize_many
from ml.recipe import TrainingConfig
from ml.rehearsal import BaseData
from ml.retraining import RetrainingRequest, Sample, retrain
from ml.retraining_request import Tuning
from ml.synthesis_digits import draw_digit_inks
from ml.training import train
from ml.validation import ValidationData

__all__ = ["rasterize", "rasterize_many", "retrain_weights", "train_weights"]

Weights = dict[str, npt.NDArray[Any]]

RELEASE = Path(__file__).resolve().parents[2] / "ml" / "weights" / "inknet"
VALIDATION = ValidationData(
    {
        "synthesised": render_inks(draw_digit_inks(40, 2)),
        "generated": (np.zeros((4, 28, 28), dtype=np.uint8), np.full(4, 10)),
    }
)
INKNET = TrainingConfig(
    epochs=2,
    calm_epochs=0,
    batch_size=64,
    peak_rate=2e-4,
    pen_renderings=2,
    nondigit_renderings=1,
    generated_nondigits=40,
    joined_digits=20,
    warmup_epochs=0.5,
    ema_decay=0.9,
)
CONFIGS = {
    "inknet_untrained": replace(INKNET, epochs=0),
    "inknet_from_base": INKNET,
    "inknet_from_base_calm": replace(
        INKNET, epochs=1, calm_epochs=1, calm_rate=1e-4, calm_ema_decay=0.8
    ),
    "mlp": TrainingConfig(
        architecture="mlp",
        epochs=2,
        calm_epochs=0,
        batch_size=32,
        peak_rate=5e-4,
        pen_renderings=1,
        generated_nondigits=0,
        joined_digits=0,
        warmup_epochs=0.5,
        ema_decay=0.9,
    ),
    "fnn": TrainingConfig(
        architecture="fnn",
        epochs=2,
        calm_epochs=0,
        batch_size=32,
        peak_rate=0.1,
        pen_renderings=1,
        generated_nondigits=0,
        joined_digits=0,
        weight_decay=5e-6,
    ),
}
TUNING = Tuning(
    rehearsed=200,
    nondigits_rehearsed=40,
    most_repetitions=2,
    batch_size=32,
    peak_rate=2e-4,
    interpolation=0.7,
)
REQUESTS = {
    "inknet_from_base": RetrainingRequest(epochs=2, rehearsal="synthesised", tuning=TUNING),
    "mlp_from_scratch": RetrainingRequest(
        architecture="mlp", epochs=2, rehearsal="synthesised", tuning=TUNING
    ),
}


def train_weights(name: str) -> Weights:
    """Return the averaged weights of a run of CONFIGS on a CPU; with a base, how far they moved
    from it."""
    start = load_tensors(RELEASE / WEIGHTS) if "_from_base" in name else None
    result = train(CONFIGS[name], _training_data(), VALIDATION, device="cpu", start=start)
    weights: Weights = {name: value.numpy() for name, value in result.weights.items()}
    return weights if start is None else _subtract_base(weights)


def retrain_weights(name: str, folder: Path) -> Weights:
    """Return the released weights of a run of REQUESTS on drawings of six users; with a base, how
    far they moved from it."""
    samples = [
        Sample(ink.label, f"user {number % 6}", strokes=ink.strokes, drawing_id=str(number))
        for number, ink in enumerate(draw_digit_inks(60, 3))
    ]
    samples.append(Sample(10, "user 1", strokes=[[[0, 0, 5], [9, 9, 6]]]))
    raster = np.zeros((28, 28), dtype=np.uint8)
    raster[4:24, 12:16] = 255
    samples.append(Sample(4, "user 2", raster=raster.tobytes()))
    data = BaseData("synthesised", _training_data(), VALIDATION)
    base = RELEASE if name.endswith("from_base") else None
    release = retrain(REQUESTS[name], samples, folder=folder, base=base, data=data)
    weights: Weights = load_file(release / WEIGHTS)
    return weights if base is None else _subtract_base(weights)


def _subtract_base(weights: Weights) -> Weights:
    return {name: weights[name] - value for name, value in load_file(RELEASE / WEIGHTS).items()}


def _training_data() -> TrainingData:
    return TrainingData(NO_BITMAPS, draw_digit_inks(200, 1), [])
