"""The kernels of the first convolution, and the last linear layer with its input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ml.preprocessing.array_types import FloatArray, Raster
from ml.preprocessing.rasterize import scale_to_unit


@dataclass(frozen=True, slots=True)
class OutputLayer:
    """The last linear layer: `weights` (outputs, d), `bias` (outputs,), its input `features` (d,)
    and the dropout rate of the input in training."""

    weights: FloatArray
    bias: FloatArray
    features: FloatArray
    dropout: float


def extract_first_kernels(model: nn.Module) -> FloatArray | None:
    """Return the kernels (channels, k, k) of the first convolution. Returns None if the first layer
    is no convolution."""
    first = next((m for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)), None)
    if not isinstance(first, nn.Conv2d) or first.in_channels != 1:
        return None
    return _to_float_array(first.weight[:, 0])


def extract_output_layer(model: nn.Module, raster: Raster) -> OutputLayer:
    """Return the last linear layer and its input for a raster (28, 28)."""
    layers = [m for m in model.modules() if isinstance(m, nn.Linear | nn.Dropout)]
    head = next(layer for layer in reversed(layers) if isinstance(layer, nn.Linear))
    rates = [layer.p for layer in layers if isinstance(layer, nn.Dropout)]
    with torch.inference_mode():
        features = model.eval()(torch.from_numpy(scale_to_unit(raster[None])))[1]
    bias = torch.zeros(head.out_features) if head.bias is None else head.bias
    return OutputLayer(
        weights=_to_float_array(head.weight),
        bias=_to_float_array(bias),
        features=_to_float_array(features[0]),
        dropout=rates[-1] if rates else 0.0,
    )


def _to_float_array(tensor: Tensor) -> FloatArray:
    values: FloatArray = tensor.detach().numpy().astype(np.float32)
    return values
