"""The forward pass on a CPU: ONNX Runtime with one thread. Imports neither torch nor onnx."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from ml.preprocessing.rasterize import Raster


class OnnxBackend:
    """Rasters to logits by a release's model.onnx."""

    name = "onnxruntime-cpu"

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )

    def compute_logits(self, rasters: Raster) -> npt.NDArray[np.float32]:
        """Return the logits (n, classes) of rasters (n, 28, 28) uint8."""
        pictures = np.multiply(rasters[:, None], np.float32(1 / 255), dtype=np.float32)
        logits: npt.NDArray[np.float32] = self._session.run(["logits"], {"pictures": pictures})[0]
        return logits
