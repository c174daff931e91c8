"""The output of every layer for one picture: the strongest few maps of each, those of one step of
the network side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ml.architectures.layer_summary import summarize_layers
from ml.preprocessing.rasterize import Raster

MAX_MAPS = 8
"""So many of a layer's maps are kept."""

MAX_FEATURES = 1_024
"""So many numbers are kept of a layer without maps."""

FeatureMaps = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LayerMaps:
    """One use of a layer. `shape` is its whole output without the batch; `maps` (k, h, w) are the
    channels named in `channels`, the strongest of its step first; (1, 1, n) of single numbers.

    A step is a convolution or a dense layer with what follows it; its layers show the same
    channels.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    step: int
    channels: tuple[int, ...]
    maps: FeatureMaps


@dataclass(frozen=True, slots=True)
class _LayerUse:
    entry: dict[str, Any]
    output: FeatureMaps  # (C, h, w) or (n,)
    step: int


def compute_feature_maps(network: nn.Module, raster: Raster) -> list[LayerMaps]:
    """Return the layers in the order of their use for a raster (28, 28) uint8, ink 255 on 0."""
    uses = _assign_steps(summarize_layers(network), _collect_outputs(network, raster))
    last = {use.step: use for use in uses}
    return [_select_maps(use, last[use.step]) for use in uses]


def to_image_batch(rasters: Raster) -> Tensor:
    """Return what the network takes, (n, 1, 28, 28) float32 in [0, 1], for (n, 28, 28) uint8."""
    return torch.from_numpy(rasters.astype(np.float32) / 255)[:, None]


def _collect_outputs(network: nn.Module, raster: Raster) -> list[FeatureMaps]:
    outputs: list[FeatureMaps] = []

    def note(layer: nn.Module, inputs: Any, output: Tensor) -> None:
        outputs.append(output[0].clone().numpy())  # a ReLU in place would change it afterwards

    leaves = [layer for layer in network.modules() if not list(layer.children())]
    hooks = [layer.register_forward_hook(note) for layer in leaves]
    try:
        with torch.inference_mode():
            network(to_image_batch(raster[None]))
    finally:
        for hook in hooks:
            hook.remove()
    return outputs


def _assign_steps(entries: list[dict[str, Any]], outputs: list[FeatureMaps]) -> list[_LayerUse]:
    uses, step = [], -1
    for entry, output in zip(entries, outputs, strict=True):
        step += entry["multiply_adds"] > 0
        uses.append(_LayerUse(entry, output, max(step, 0)))
    return uses


def _select_maps(use: _LayerUse, last: _LayerUse) -> LayerMaps:
    channels: tuple[int, ...] = ()
    if use.output[0].size == 1:
        maps = use.output.reshape(1, 1, -1)[..., :MAX_FEATURES]
    else:
        channels = _rank_channels(last.output)[:MAX_MAPS]
        maps = use.output[list(channels)]
    return LayerMaps(
        name=use.entry["name"],
        kind=use.entry["kind"],
        shape=use.output.shape,
        step=use.step,
        channels=channels,
        maps=maps.astype(np.float32),
    )


def _rank_channels(output: FeatureMaps) -> tuple[int, ...]:
    """The channels of (C, h, w), those that differ most over the picture first."""
    spread = output.reshape(len(output), -1).std(axis=1)
    return tuple(int(channel) for channel in np.argsort(-spread, kind="stable"))
