"""The output of every layer for one picture: the strongest few maps of each, those of one step of
the network side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ml.layers import describe_layers
from ml.raster import Raster

MAPS = 8
"""So many of a layer's maps are kept."""

WIDEST = 1_024
"""So many numbers are kept of a layer without maps."""

Maps = npt.NDArray[np.float32]


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
    maps: Maps


@dataclass(frozen=True, slots=True)
class _Use:
    entry: dict[str, Any]
    output: Maps  # (C, h, w) or (n,)
    step: int


def trace_layers(network: nn.Module, raster: Raster) -> list[LayerMaps]:
    """Return the layers in the order of their use for a raster (28, 28) uint8, ink 255 on 0."""
    uses = _number_steps(describe_layers(network), _run(network, raster))
    last = {use.step: use for use in uses}
    return [_choose_maps(use, last[use.step]) for use in uses]


def to_pictures(rasters: Raster) -> Tensor:
    """Return what the network takes, (n, 1, 28, 28) float32 in [0, 1], for (n, 28, 28) uint8."""
    return torch.from_numpy(rasters.astype(np.float32) / 255)[:, None]


def _run(network: nn.Module, raster: Raster) -> list[Maps]:
    outputs: list[Maps] = []

    def note(layer: nn.Module, inputs: Any, output: Tensor) -> None:
        outputs.append(output[0].clone().numpy())  # a ReLU in place would change it afterwards

    leaves = [layer for layer in network.modules() if not list(layer.children())]
    hooks = [layer.register_forward_hook(note) for layer in leaves]
    try:
        with torch.inference_mode():
            network(to_pictures(raster[None]))
    finally:
        for hook in hooks:
            hook.remove()
    return outputs


def _number_steps(entries: list[dict[str, Any]], outputs: list[Maps]) -> list[_Use]:
    uses, step = [], -1
    for entry, output in zip(entries, outputs, strict=True):
        step += entry["multiply_adds"] > 0
        uses.append(_Use(entry, output, max(step, 0)))
    return uses


def _choose_maps(use: _Use, last: _Use) -> LayerMaps:
    channels: tuple[int, ...] = ()
    if use.output[0].size == 1:
        maps = use.output.reshape(1, 1, -1)[..., :WIDEST]
    else:
        channels = _rank_channels(last.output)[:MAPS]
        maps = use.output[list(channels)]
    return LayerMaps(
        name=use.entry["name"],
        kind=use.entry["kind"],
        shape=use.output.shape,
        step=use.step,
        channels=channels,
        maps=maps.astype(np.float32),
    )


def _rank_channels(output: Maps) -> tuple[int, ...]:
    """The channels of (C, h, w), those that differ most over the picture first."""
    spread = output.reshape(len(output), -1).std(axis=1)
    return tuple(int(channel) for channel in np.argsort(-spread, kind="stable"))
