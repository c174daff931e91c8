"""Export of models to a browser bundle, which static/js/inference/network.js runs.

The file is the length of its header (uint32), the header in JSON, and the numbers it refers to, all
little-endian: biases and scales in float32, weights in int8 with one scale per output channel.
Batch norms are folded, and a linear layer is a convolution that covers its whole input, so that few
kinds of layers remain. Maps and weights have their channels last.
"""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.fx import Node, symbolic_trace
from torch.fx.passes.shape_prop import ShapeProp

from ml.artifacts.atomic_write import write_atomic

BUNDLE_VERSION = 1
MAX_BUNDLE_BYTES = 350 * 1024
"""A larger model has no bundle: its preview would come too late on a slow network."""

_FLOAT_BYTES = 4


class CannotBundle(Exception):
    """The model has a layer that browsers cannot run, or is too large."""


@dataclass(slots=True)
class _Layer:
    """A layer of the bundle, and the output shape (C, H, W) of the traced node."""

    json: dict[str, Any]
    shape: tuple[int, ...]
    weight: Tensor | None = None  # (out, in, height, width); (channels, 1, ...) if depthwise
    bias: Tensor = field(default_factory=lambda: torch.zeros(0))


def write_browser_bundle(model: nn.Module, card: Mapping[str, Any], path: Path) -> bool:
    """Write the bundle of a model; return False if browsers cannot run it."""
    try:
        write_atomic(path, build_browser_bundle(model, card))
    except CannotBundle:
        return False
    return True


def build_browser_bundle(model: nn.Module, card: Mapping[str, Any]) -> bytes:
    """Return the bundle of a model in evaluation mode with the decision rule of its model card.

    Raises CannotBundle.
    """
    data = _Data()
    layers = [data.pack(layer) for layer in _BundleBuilder(model.eval()).build()]
    header = {
        "version": BUNDLE_VERSION,
        "temperature": card["temperature"],
        "rejection_threshold": card["decision"]["rejection_threshold"],
        "confidence_threshold": card["decision"]["confidence_threshold"],
        "layers": layers,
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _FLOAT_BYTES)  # typed arrays of floats start at a multiple of 4
    bundle = len(text).to_bytes(4, "little") + text + data.floats + data.weights
    if len(bundle) > MAX_BUNDLE_BYTES:
        raise CannotBundle(f"The bundle would have {len(bundle):,} bytes.")
    return bundle


class _Data:
    """The numbers of a bundle: all floats, then all weights; layers hold their positions."""

    def __init__(self) -> None:
        self.floats, self.weights = b"", b""

    def pack(self, layer: _Layer) -> dict[str, Any]:
        """Append the numbers of a layer; return its JSON with their positions in each part."""
        if layer.weight is None:
            return layer.json
        channels_last = layer.weight.detach().double().permute(2, 3, 1, 0).contiguous()
        scales = channels_last.abs().amax(dim=(0, 1, 2)).clamp_min(1e-12) / 127
        quantized = (channels_last / scales).round().to(torch.int8)
        packed = {
            **layer.json,
            "scale": self._append_floats(scales),
            "bias": self._append_floats(layer.bias),
            "weight": len(self.weights),
        }
        self.weights += quantized.numpy().tobytes()
        return packed

    def _append_floats(self, values: Tensor) -> int:
        start = len(self.floats) // _FLOAT_BYTES
        self.floats += values.detach().numpy().astype(np.dtype("<f4")).tobytes()
        return start


class _BundleBuilder:
    """Translates the traced operations of a model, one node at a time.

    `_layer_of` has the index of the layer that computes each node; 0 is the image.
    """

    def __init__(self, model: nn.Module) -> None:
        self._layers = [_Layer({"kind": "input"}, (1, 28, 28))]
        self._layer_of: dict[Node, int] = {}
        try:
            self._traced = symbolic_trace(model)
            ShapeProp(self._traced).propagate(torch.zeros(1, 1, 28, 28))
        except (torch.fx.proxy.TraceError, RuntimeError, TypeError) as error:
            raise CannotBundle(f"The model cannot be traced: {error}") from error
        self._modules = dict(self._traced.named_modules())

    def build(self) -> list[_Layer]:
        """Return the layers up to the logits. Raises CannotBundle."""
        logits = next(node for node in self._traced.graph.nodes if node.op == "output").args[0][0]
        for node in self._traced.graph.nodes:
            if node.op == "placeholder":
                self._layer_of[node] = 0
            elif node.op != "output":
                self._layer_of[node] = self._translate(node)
            if node is logits:
                break
        return self._layers

    def _translate(self, node: Node) -> int:
        if node.op == "call_module":
            return self._translate_module(node, self._modules[str(node.target)])
        if node.target in ("flatten", torch.flatten):
            return self._input_of(node)
        if node.target is F.relu:
            return self._add(node, {"kind": "relu"})
        if node.target is F.pad:
            return self._translate_pad(node)
        if node.target in _ARITHMETIC:
            return self._translate_arithmetic(node)
        raise CannotBundle(f"Browsers cannot run {node.target}.")

    def _translate_module(self, node: Node, module: nn.Module) -> int:
        if isinstance(module, nn.Dropout | nn.Identity | nn.Flatten):
            return self._input_of(node)
        if isinstance(module, nn.ReLU):
            return self._add(node, {"kind": "relu"})
        if isinstance(module, nn.MaxPool2d):
            return self._translate_max_pool(node, module)
        if isinstance(module, nn.Conv2d):
            return self._translate_conv(node, module)
        if isinstance(module, nn.Linear):
            shape = (*self._layers[self._input_of(node)].shape, 1, 1)[:3]
            if module.in_features != math.prod(shape):
                raise CannotBundle(f"Browsers cannot run {module} on maps of shape {shape}.")
            weight = module.weight.view(module.out_features, *shape)
            return self._add_conv(node, weight, module.bias)
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            return self._fold_batch_norm(node, module)
        raise CannotBundle(f"Browsers cannot run {type(module).__name__}.")

    def _translate_conv(self, node: Node, conv: nn.Conv2d) -> int:
        is_depthwise = conv.groups == conv.in_channels == conv.out_channels
        is_square = conv.stride[0] == conv.stride[1] and conv.padding in ((0, 0), (1, 1), (2, 2))
        if conv.dilation != (1, 1) or not is_square or not (conv.groups == 1 or is_depthwise):
            raise CannotBundle(f"Browsers cannot run {conv}.")
        return self._add_conv(
            node,
            conv.weight,
            conv.bias,
            stride=conv.stride[0],
            padding=int(conv.padding[0]),
            is_depthwise=is_depthwise and conv.groups > 1,
        )

    def _add_conv(
        self,
        node: Node,
        weight: Tensor,
        bias: Tensor | None,
        *,
        stride: int = 1,
        padding: int = 0,
        is_depthwise: bool = False,
    ) -> int:
        index = self._add(
            node,
            {
                "kind": "depthwise" if is_depthwise else "conv",
                "window": list(weight.shape[2:]),
                "stride": stride,
                "padding": padding,
                "outputs": len(weight),
            },
        )
        layer = self._layers[index]
        layer.weight = weight
        layer.bias = torch.zeros(len(weight)) if bias is None else bias
        return index

    def _fold_batch_norm(self, node: Node, norm: nn.BatchNorm1d | nn.BatchNorm2d) -> int:
        """Fold into the preceding layer, whose other users would receive its normalized output."""
        index = self._input_of(node)
        layer, statistics = self._layers[index], (norm.running_mean, norm.running_var)
        nodes = [source for source, layer in self._layer_of.items() if layer == index]
        is_shared = len(nodes) != 1 or len(nodes[0].users) != 1
        if layer.weight is None or is_shared or None in statistics or not norm.affine:
            raise CannotBundle("Browsers cannot run a batch norm that does not follow its layer.")
        mean, variance = (value for value in statistics if value is not None)
        factor = norm.weight / torch.sqrt(variance + norm.eps)
        layer.weight = layer.weight * factor.view(-1, 1, 1, 1)
        layer.bias = (layer.bias - mean) * factor + norm.bias
        return index

    def _translate_max_pool(self, node: Node, pool: nn.MaxPool2d) -> int:
        size, stride = pool.kernel_size, pool.stride
        is_plain = pool.padding == 0 and pool.dilation == 1
        if not (isinstance(size, int) and isinstance(stride, int) and is_plain):
            raise CannotBundle(f"Browsers cannot run {pool}.")
        if pool.ceil_mode or pool.return_indices:
            raise CannotBundle(f"Browsers cannot run {pool}.")
        return self._add(node, {"kind": "max_pool", "size": size, "stride": stride})

    def _translate_pad(self, node: Node) -> int:
        widths = list(node.args[1])  # type: ignore[arg-type]
        is_zero = node.kwargs == {"mode": "constant", "value": None}
        if len(widths) != 4 or len(set(widths)) != 1 or not is_zero:
            raise CannotBundle(f"Browsers cannot run the padding {widths}.")
        return self._add(node, {"kind": "pad", "padding": widths[0]})

    def _translate_arithmetic(self, node: Node) -> int:
        first, second = node.args
        if isinstance(first, Node) and isinstance(second, int | float):
            scale, shift = _ARITHMETIC[node.target](float(second))
            return self._add(node, {"kind": "affine", "scale": scale, "shift": shift})
        if isinstance(first, Node) and isinstance(second, Node) and node.target is operator.add:
            other = self._layer_of[second]
            if self._layers[other].shape == self._layers[self._layer_of[first]].shape:
                return self._add(node, {"kind": "add", "other": other})
        raise CannotBundle(f"Browsers cannot run {node.target} of {node.args}.")

    def _add(self, node: Node, layer: dict[str, Any]) -> int:
        shape = tuple(node.meta["tensor_meta"].shape[1:])
        self._layers.append(_Layer({"input": self._input_of(node), **layer}, shape))
        return len(self._layers) - 1

    def _input_of(self, node: Node) -> int:
        source = node.args[0]
        if not isinstance(source, Node):
            raise CannotBundle(f"Browsers cannot run {node.target} of a constant.")
        return self._layer_of[source]


_ARITHMETIC: dict[Any, Any] = {
    operator.add: lambda number: (1.0, number),
    operator.sub: lambda number: (1.0, -number),
    operator.mul: lambda number: (number, 0.0),
    operator.truediv: lambda number: (1 / number, 0.0),
}
"""The scale and shift of each operation with a number on the right."""
