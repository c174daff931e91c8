"""Both ends of a network: the windows of its first convolution, and the last layer with what it
sees of one drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ml.explain.feature_maps import to_image_batch
from ml.preprocessing.rasterize import Raster

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class OutputLayer:
    """The last layer: `weights` (outputs, d) and `bias` (outputs,), the `features` (d,) it sees,
    and the share of them that training hides from it."""

    weights: FloatArray
    bias: FloatArray
    features: FloatArray
    dropped: float


def extract_first_kernels(network: nn.Module) -> FloatArray | None:
    """Return the windows (channels, k, k) that the first convolution moves over the ink; None of a
    network that does not begin with one."""
    first = next((m for m in network.modules() if isinstance(m, nn.Conv2d | nn.Linear)), None)
    if not isinstance(first, nn.Conv2d) or first.in_channels != 1:
        return None
    return _to_float_array(first.weight[:, 0])


def extract_output_layer(network: nn.Module, raster: Raster) -> OutputLayer:
    """Return the last layer and what it sees of a raster (28, 28)."""
    layers = [m for m in network.modules() if isinstance(m, nn.Linear | nn.Dropout)]
    head = next(layer for layer in reversed(layers) if isinstance(layer, nn.Linear))
    drops = [layer.p for layer in layers if isinstance(layer, nn.Dropout)]
    seen: list[Tensor] = []

    def note(layer: nn.Module, inputs: Any) -> None:
        seen.append(inputs[0][0])

    hook = head.register_forward_pre_hook(note)
    try:
        with torch.inference_mode():
            network(to_image_batch(raster[None]))
    finally:
        hook.remove()
    bias = torch.zeros(head.out_features) if head.bias is None else head.bias
    return OutputLayer(
        weights=_to_float_array(head.weight),
        bias=_to_float_array(bias),
        features=_to_float_array(seen[-1]),
        dropped=drops[-1] if drops else 0.0,
    )


def _to_float_array(tensor: Tensor) -> FloatArray:
    numbers: FloatArray = tensor.detach().numpy().astype(np.float32)
    return numbers
