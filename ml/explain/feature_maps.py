"""The output of every layer for one raster, reduced to its strongest channels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ml.architectures.layer_summary import describe_kind, trace_layers
from ml.preprocessing.array_types import FloatArray, Raster
from ml.preprocessing.rasterize import scale_to_unit

MAX_MAPS = 8
"""The number of feature maps per layer."""

MAX_FEATURES = 1_024
"""The number of values of a layer without maps."""


@dataclass(frozen=True, slots=True)
class LayerMaps:
    """The output of one use of a layer. `shape` is without the batch; `maps` (k, h, w) are the maps
    of `channels`, or (1, 1, n) for a layer without maps.

    A step is a convolution or linear layer with the layers that follow it. All layers of a step
    show the same channels: those with the largest variation at the end of the step.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    step: int
    channels: tuple[int, ...]
    maps: FloatArray


def compute_feature_maps(model: nn.Module, raster: Raster) -> list[LayerMaps]:
    """Return the layers in the order of their use for a raster (28, 28) uint8, ink 255 on 0."""
    uses = trace_layers(model, torch.from_numpy(scale_to_unit(raster[None])))
    is_start = [isinstance(use.layer, nn.Conv2d | nn.Linear) for use in uses]
    steps = np.maximum(np.cumsum(is_start) - 1, 0).tolist()
    outputs = [use.output.numpy() for use in uses]
    last_outputs = dict(zip(steps, outputs, strict=True))
    layers = []
    for use, output, step in zip(uses, outputs, steps, strict=True):
        channels: tuple[int, ...] = ()
        if output[0].size == 1:
            maps = output.reshape(1, 1, -1)[..., :MAX_FEATURES]
        else:
            channels = _rank_channels(last_outputs[step])[:MAX_MAPS]
            maps = output[list(channels)]
        kind = describe_kind(use.layer)
        layers.append(LayerMaps(use.name, kind, output.shape, step, channels, maps))
    return layers


def _rank_channels(output: FloatArray) -> tuple[int, ...]:
    """Return the channels of (C, h, w) by their standard deviation, the largest first."""
    std = output.reshape(len(output), -1).std(axis=1)
    return tuple(np.argsort(-std, kind="stable").tolist())
