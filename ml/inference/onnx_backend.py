"""Inference on a CPU by ONNX Runtime in one thread. Imports neither torch nor onnx."""

from __future__ import annotations

from pathlib import Path

from ml.artifacts.onnx_session import create_onnx_session
from ml.preprocessing.array_types import FloatArray, Raster
from ml.preprocessing.rasterize import scale_to_unit


class OnnxBackend:
    """Forward pass of a release's model.onnx."""

    name = "onnxruntime-cpu"

    def __init__(self, path: Path) -> None:
        """Raises CannotLoadRelease."""
        self._session = create_onnx_session(path)

    def compute_logits(self, rasters: Raster) -> FloatArray:
        """Return the logits (n, classes) of rasters (n, 28, 28) uint8."""
        inputs = {"pictures": scale_to_unit(rasters)}
        logits: FloatArray = self._session.run(["logits"], inputs)[0]
        return logits
