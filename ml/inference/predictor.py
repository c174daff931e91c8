"""From drawings to predictions, by a released network: ONNX Runtime on a CPU, torch where there is
a CUDA device.

Temperature, thresholds and the verdict rule stand in the release's card and are read from there.
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
from ml.preprocessing.rasterize import IMAGE_SIZE, Raster, Strokes, rasterize_many

Decision = Literal["digit", "unsure", "not_a_digit"]

REJECT_THEN_UNSURE_RULE = "not_a_digit first, then unsure"
TEN_CLASS_RULE = "unsure, never not_a_digit"
"""The rule of networks with ten outputs."""

NUM_OUTPUTS = {REJECT_THEN_UNSURE_RULE: 11, TEN_CLASS_RULE: 10}
_NUM_DIGITS = 10
_MAX_BATCH_SIZE = 256


class Backend(Protocol):
    """One forward pass."""

    name: str

    def compute_logits(self, rasters: Raster) -> npt.NDArray[np.float32]:
        """Return the logits (n, 10 or 11) of rasters (n, 28, 28) uint8."""
        ...


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answer to one drawing.

    `digit` is the best guess, None for not_a_digit; `confidence` the calibrated probability of the
    verdict's class; `probabilities` those of the ten digits, given that it is one (they sum to 1);
    `raster` the 784 bytes seen.
    """

    decision: Decision
    digit: int | None
    confidence: float
    probabilities: tuple[float, ...]
    raster: bytes


class Predictor:
    """A released network, ready to answer. Not safe for use from several threads at once on
    CUDA."""

    def __init__(self, card: ModelCard, backend: Backend) -> None:
        if card["verdict"]["rule"] not in NUM_OUTPUTS:
            raise CannotLoadRelease(
                f"The card's verdict rule is unknown: {card['verdict']['rule']!r}."
            )
        self.card = card
        self.name: str = card["name"]
        self.sha256: str = card["sha256"]
        self.backend = backend
        self._temperature = float(card["temperature"])
        self.outputs = NUM_OUTPUTS[card["verdict"]["rule"]]
        self.unsure_below = float(card["verdict"]["unsure_below"])
        rejects = card["verdict"]["rule"] == REJECT_THEN_UNSURE_RULE
        self.not_a_digit_from = float(card["verdict"]["not_a_digit_from"]) if rejects else math.inf

    def predict_many(self, drawings: Sequence[Strokes]) -> list[Prediction]:
        """Return one prediction for each drawing, in order. Raises CannotRasterize for one that
        holds no ink."""
        return self.predict_rasters(rasterize_many(drawings))

    def predict_rasters(self, rasters: Raster) -> list[Prediction]:
        """Return one prediction for each raster of an (n, 28, 28) uint8 array, ink 255 on 0, in
        order."""
        classes = self.compute_probabilities(rasters)
        digits = np.maximum(classes[:, :_NUM_DIGITS], 1e-300)  # all ten may have vanished
        best = digits.argmax(axis=1)
        sure = digits[np.arange(len(digits)), best]
        of_ten = digits / digits.sum(axis=1, keepdims=True)
        rows = zip(
            best.tolist(),
            sure.tolist(),
            classes[:, _NUM_DIGITS].tolist(),
            of_ten.tolist(),
            rasters,
            strict=True,
        )
        return [
            self._judge(digit, confidence, not_a_digit, tuple(probabilities), raster.tobytes())
            for digit, confidence, not_a_digit, probabilities, raster in rows
        ]

    def compute_probabilities(self, rasters: Raster) -> npt.NDArray[np.float64]:
        """Return the calibrated probabilities (n, 11) of the ten digits and `not_a_digit`, which is
        0 where the network has no such output."""
        if rasters.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE) or rasters.dtype != np.uint8:
            raise ValueError(f"Rasters are (n, 28, 28) uint8, not {rasters.shape} {rasters.dtype}.")
        if not len(rasters):
            return np.empty((0, _NUM_DIGITS + 1))
        starts = range(0, len(rasters), _MAX_BATCH_SIZE)
        logits = np.concatenate(
            [self.backend.compute_logits(rasters[s : s + _MAX_BATCH_SIZE]) for s in starts]
        )
        if logits.shape != (len(rasters), self.outputs):
            raise RuntimeError(f"{len(rasters)} rasters gave logits of shape {logits.shape}.")
        classes = compute_softmax(logits, self._temperature)
        return np.pad(classes, ((0, 0), (0, _NUM_DIGITS + 1 - self.outputs)))

    def _judge(
        self,
        digit: int,
        confidence: float,
        not_a_digit: float,
        probabilities: tuple[float, ...],
        raster: bytes,
    ) -> Prediction:
        if not_a_digit >= self.not_a_digit_from:
            return Prediction("not_a_digit", None, not_a_digit, probabilities, raster)
        decision: Decision = "unsure" if confidence < self.unsure_below else "digit"
        return Prediction(decision, digit, confidence, probabilities, raster)


def load_predictor(folder: Path, device: str | None = None) -> Predictor:
    """Return the predictor of the release in `folder`, its files checked. Raises CannotLoadRelease.

    `device` is "cpu", "cuda" (or "cuda:1"), or None for what there is. On a CPU neither torch nor
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
    """Return "cuda" where a device, its driver and a torch that can use it are there, otherwise
    "cpu".

    The device files are looked at first, so that a machine without one does not pay for importing
    torch.
    """
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES", "0") in ("", "-1")
    has_device = any(Path(path).exists() for path in ("/dev/nvidiactl", "/dev/dxg"))
    if hidden or not has_device or find_spec("torch") is None:
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def compute_softmax(
    logits: npt.NDArray[np.float32], temperature: float = 1.0
) -> npt.NDArray[np.float64]:
    """Return the softmax of each row of logits / temperature, in float64."""
    scaled = (logits - logits.max(axis=1, keepdims=True)).astype(np.float64) / temperature
    powers: npt.NDArray[np.float64] = np.exp(scaled)
    powers /= powers.sum(axis=1, keepdims=True)
    return powers
