"""ONNX Runtime sessions on a CPU. Imports neither torch nor onnx."""

from __future__ import annotations

from pathlib import Path

import onnxruntime
import onnxruntime.capi.onnxruntime_pybind11_state as onnx_errors

from ml.artifacts.model_card import CannotLoadRelease

_LOAD_ERRORS = (
    onnx_errors.Fail,
    onnx_errors.InvalidGraph,
    onnx_errors.InvalidProtobuf,
    onnx_errors.NoSuchFile,
)


def create_onnx_session(path: Path) -> onnxruntime.InferenceSession:
    """Return a session that runs a model in one thread. Raises CannotLoadRelease."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except _LOAD_ERRORS as error:
        raise CannotLoadRelease(f"{path}: {error}") from error
