"""Where drawings lie in a network's feature space, and how far from every digit. On a CPU, by ONNX
Runtime; needs neither torch nor training data.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
import onnxruntime.capi.onnxruntime_pybind11_state as onnx_errors
from safetensors import SafetensorError
from safetensors.numpy import load_file

from ml.artifacts.model_card import ONNX_FILE, WEIGHTS_FILE, CannotLoadRelease
from ml.preprocessing.rasterize import Raster

NUM_DIGITS = 10
EMBED_BATCH_SIZE = 256
_ONNX_LOAD_ERRORS = (onnx_errors.Fail, onnx_errors.InvalidGraph, onnx_errors.InvalidProtobuf)


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Features (n, d) float16 of length 1, and distances (n,) float32, 0 to 2."""

    features: npt.NDArray[np.float16]
    distances: npt.NDArray[np.float32]


class Embedder:
    """A release's features: what its last linear layer sees.

    The distance is one less the greatest cosine between a drawing's features and the weights of a
    digit's output. A trained network turns the features of each class towards those weights
    (neural collapse; Papyan, Han & Donoho, PNAS 117, 2020), so that what lies along none of them
    is unlike all that it learnt as a digit.
    """

    def __init__(self, folder: Path) -> None:
        """Raises CannotLoadRelease where the files do not belong together."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                folder / ONNX_FILE, options, providers=["CPUExecutionProvider"]
            )
            weights = load_file(folder / WEIGHTS_FILE)
        except (OSError, SafetensorError, *_ONNX_LOAD_ERRORS) as error:
            raise CannotLoadRelease(f"{folder}: {error}") from error
        self._digits = _normalize_rows(_find_last_layer(weights, self._session)[:NUM_DIGITS])

    def embed(self, rasters: Raster) -> Embeddings:
        """Embed rasters (n, 28, 28) uint8."""
        parts = [
            self._run(rasters[at : at + EMBED_BATCH_SIZE])
            for at in range(0, len(rasters), EMBED_BATCH_SIZE)
        ]
        features = _normalize_rows(np.concatenate(parts))
        distances = 1 - (features @ self._digits.T).max(axis=1)
        return Embeddings(features.astype(np.float16), distances)

    def _run(self, rasters: Raster) -> npt.NDArray[np.float32]:
        pictures = np.multiply(rasters[:, None], np.float32(1 / 255), dtype=np.float32)
        found: npt.NDArray[np.float32] = self._session.run(["features"], {"pictures": pictures})[0]
        return found


def k_center_greedy(
    features: npt.NDArray[np.float16], known: npt.NDArray[np.float16]
) -> npt.NDArray[np.int64]:
    """Return the order (n,) in which rows (n, d) of unit length cover their space best: each is
    the farthest from `known` (m, d) and from all before it (the greedy 2-approximation of k-centre;
    Gonzalez, Theoretical Computer Science 38, 1985; core-sets: Sener & Savarese, arXiv:1708.00489).
    """
    rows = features.astype(np.float32)
    nearest = np.full(len(rows), -1.0, dtype=np.float32)  # greatest cosine to what is covered
    if len(known):
        nearest = np.maximum(nearest, (rows @ known.astype(np.float32).T).max(axis=1))
    order = np.empty(len(rows), dtype=np.int64)
    left = np.ones(len(rows), dtype=bool)
    for place in range(len(rows)):
        chosen = int(np.where(left, nearest, np.inf).argmin())
        order[place], left[chosen] = chosen, False
        nearest = np.maximum(nearest, rows @ rows[chosen])
    return order


def _find_last_layer(
    weights: dict[str, npt.NDArray[np.float32]], session: onnxruntime.InferenceSession
) -> npt.NDArray[np.float32]:
    """The matrix (classes, d) that makes logits of features; raises CannotLoadRelease."""
    shapes = {output.name: output.shape[1] for output in session.get_outputs()}
    wanted = (shapes.get("logits"), shapes.get("features"))
    fitting = [matrix for matrix in weights.values() if matrix.shape == wanted]
    if not fitting:
        raise CannotLoadRelease(f"No layer makes {wanted[0]} logits of {wanted[1]} features.")
    return fitting[-1]


def _normalize_rows(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: npt.NDArray[np.float32] = (rows / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit
