"""Predictions for drawings by a released model: ONNX Runtime on a CPU, torch on a CUDA device.

The temperature, the thresholds and the decision rule come from the model card.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from ml.artifacts.model_card import ONNX_FILE, CannotLoadRelease, ModelCard, load_model_card
from ml.preprocessing.array_types import FloatArray, Raster, Strokes
from ml.preprocessing.rasterize import IMAGE_SIZE, rasterize_many
from ml.training_config import NUM_DIGITS

Decision = Literal["digit", "unsure", "not_a_digit"]

REJECT_THEN_UNSURE_RULE = "not_a_digit first, then unsure"
TEN_CLASS_RULE = "unsure, never not_a_digit"
"""The rule of models with ten outputs."""

NUM_OUTPUTS = {REJECT_THEN_UNSURE_RULE: 11, TEN_CLASS_RULE: 10}
_MAX_BATCH_SIZE = 256


class Backend(Protocol):
    """A forward pass on one kind of device."""

    name: str

    def compute_logits(self, rasters: Raster) -> FloatArray:
        """Return the logits (n, 10 or 11) of rasters (n, 28, 28) uint8."""
        ...


@dataclass(frozen=True, slots=True)
class Prediction:
    """The prediction for one drawing.

    `digit` is the most probable digit, None for not_a_digit. `confidence` is the calibrated
    probability of the decision's class. `probabilities` are those of the ten digits given that the
    drawing is a digit; they sum to 1. `raster` is the model's input, 784 bytes.
    """

    decision: Decision
    digit: int | None
    confidence: float
    probabilities: tuple[float, ...]
    raster: bytes


class Predictor:
    """A loaded release. On CUDA it must not be used by several threads concurrently."""

    def __init__(self, card: ModelCard, backend: Backend) -> None:
        """Raises CannotLoadRelease for an unknown decision rule."""
        decision = card["decision"]
        if decision["rule"] not in NUM_OUTPUTS:
            raise CannotLoadRelease(f"Unknown decision rule: {decision['rule']!r}.")
        self.card = card
        self.name: str = card["name"]
        self.sha256: str = card["sha256"]
        self.backend = backend
        self._temperature = float(card["temperature"])
        self.num_outputs = NUM_OUTPUTS[decision["rule"]]
        self.confidence_threshold = float(decision["confidence_threshold"])
        threshold = decision["rejection_threshold"]
        self.rejection_threshold = math.inf if threshold is None else float(threshold)

    def predict_many(self, drawings: Sequence[Strokes]) -> list[Prediction]:
        """Return one prediction per drawing, in order. Raises CannotRasterize."""
        return self.predict_rasters(rasterize_many(drawings))

    def predict_rasters(self, rasters: Raster) -> list[Prediction]:
        """Return one prediction per raster (n, 28, 28) uint8, ink 255 on 0, in order."""
        classes = self.compute_probabilities(rasters)
        digits = np.maximum(classes[:, :NUM_DIGITS], 1e-300)  # all ten may underflow
        best = digits.argmax(axis=1)
        confidences = digits[np.arange(len(digits)), best].tolist()
        given_digit = (digits / digits.sum(axis=1, keepdims=True)).tolist()
        rejections = classes[:, NUM_DIGITS].tolist()
        predictions = []
        for i, (digit, confidence, rejection) in enumerate(
            zip(best.tolist(), confidences, rejections, strict=True)
        ):
            probabilities, raster = tuple(given_digit[i]), rasters[i].tobytes()
            if rejection >= self.rejection_threshold:
                prediction = Prediction("not_a_digit", None, rejection, probabilities, raster)
            else:
                decision: Decision = "unsure" if confidence < self.confidence_threshold else "digit"
                prediction = Prediction(decision, digit, confidence, probabilities, raster)
            predictions.append(prediction)
        return predictions

    def compute_probabilities(self, rasters: Raster) -> npt.NDArray[np.float64]:
        """Return the calibrated probabilities (n, 11) of the ten digits and not_a_digit, which is 0
        for models with ten outputs."""
        if rasters.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE) or rasters.dtype != np.uint8:
            raise ValueError(f"Rasters are (n, 28, 28) uint8, not {rasters.shape} {rasters.dtype}.")
        if not len(rasters):
            return np.empty((0, NUM_DIGITS + 1))
        starts = range(0, len(rasters), _MAX_BATCH_SIZE)
        logits = np.concatenate(
            [self.backend.compute_logits(rasters[s : s + _MAX_BATCH_SIZE]) for s in starts]
        )
        if logits.shape != (len(rasters), self.num_outputs):
            raise RuntimeError(f"{len(rasters)} rasters gave logits of shape {logits.shape}.")
        classes = compute_softmax(logits, self._temperature)
        return np.pad(classes, ((0, 0), (0, NUM_DIGITS + 1 - self.num_outputs)))


def load_predictor(folder: Path, device: str | None = None) -> Predictor:
    """Return the predictor of a release after checking its files. Raises CannotLoadRelease.

    `device` is "cpu", "cuda", "cuda:1" or None for the available one. On a CPU neither torch nor
    onnx is imported.
    """
    card = load_model_card(folder)
    device = device or select_device()
    if device == "cpu":
        from ml.inference.onnx_backend import OnnxBackend

        return Predictor(card, OnnxBackend(folder / ONNX_FILE))
    from ml.inference.torch_backend import TorchBackend

    return Predictor(card, TorchBackend(folder, device=device))


def select_device() -> str:
    """Return "cuda" if torch can use a device, otherwise "cpu".

    Device files are checked first, because importing torch is slow.
    """
    is_hidden = os.environ.get("CUDA_VISIBLE_DEVICES", "0") in ("", "-1")
    has_device = any(Path(path).exists() for path in ("/dev/nvidiactl", "/dev/dxg"))
    if is_hidden or not has_device or find_spec("torch") is None:
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def compute_softmax(logits: FloatArray, temperature: float = 1.0) -> npt.NDArray[np.float64]:
    """Return the softmax of each row of logits / temperature, in float64."""
    scaled = (logits - logits.max(axis=1, keepdims=True)).astype(np.float64) / temperature
    exponentials: npt.NDArray[np.float64] = np.exp(scaled)
    exponentials /= exponentials.sum(axis=1, keepdims=True)
    return exponentials
