"""Embeddings of drawings and their distance to the digit classes, by ONNX Runtime on a CPU. Imports
no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from safetensors import SafetensorError
from safetensors.numpy import load_file

from ml.artifacts.model_card import ONNX_FILE, WEIGHTS_FILE, CannotLoadRelease
from ml.artifacts.onnx_session import create_onnx_session
from ml.preprocessing.array_types import FloatArray, Raster
from ml.preprocessing.rasterize import scale_to_unit
from ml.training_config import NUM_DIGITS

EMBED_BATCH_SIZE = 256


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Features (n, d) float16 of unit length, and distances (n,) float32 in [0, 2]."""

    features: npt.NDArray[np.float16]
    distances: FloatArray


class Embedder:
    """The features of a release: the input of its last linear layer.

    The distance is 1 minus the largest cosine between a drawing's features and the weights of a
    digit's logit. Training aligns the features of a class with these weights (neural collapse;
    Papyan, Han & Donoho, PNAS 117, 2020), so a large distance means that the drawing differs from
    the digits in the training data.
    """

    def __init__(self, folder: Path) -> None:
        """Raises CannotLoadRelease."""
        self._session = create_onnx_session(folder / ONNX_FILE)
        try:
            weights = load_file(folder / WEIGHTS_FILE)
        except (OSError, SafetensorError) as error:
            raise CannotLoadRelease(f"{folder}: {error}") from error
        self._digits = _normalize_rows(_find_last_layer(weights, self._session)[:NUM_DIGITS])

    def embed(self, rasters: Raster) -> Embeddings:
        """Embed rasters (n, 28, 28) uint8."""
        batches = [
            scale_to_unit(rasters[start : start + EMBED_BATCH_SIZE])
            for start in range(0, len(rasters), EMBED_BATCH_SIZE)
        ]
        features = _normalize_rows(
            np.concatenate([self._session.run(["features"], {"pictures": b})[0] for b in batches])
        )
        distances = 1 - (features @ self._digits.T).max(axis=1)
        return Embeddings(features.astype(np.float16), distances)


def _find_last_layer(
    weights: dict[str, FloatArray], session: onnxruntime.InferenceSession
) -> FloatArray:
    """Return the weights (classes, d) of the last linear layer. Raises CannotLoadRelease."""
    sizes = {output.name: output.shape[1] for output in session.get_outputs()}
    shape = (sizes.get("logits"), sizes.get("features"))
    candidates = [matrix for matrix in weights.values() if matrix.shape == shape]
    if not candidates:
        raise CannotLoadRelease(f"No layer maps {shape[1]} features to {shape[0]} logits.")
    return candidates[-1]


def _normalize_rows(rows: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: FloatArray = (rows / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit
