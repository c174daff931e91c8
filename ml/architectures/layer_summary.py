"""Summary of a model's layers: shapes, parameters, multiply-adds."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ml.architectures.layer_json import Layer

_KIND_NAMES: dict[type[nn.Module], str] = {
    nn.Linear: "dense",
    nn.BatchNorm1d: "batch normalisation",
    nn.BatchNorm2d: "batch normalisation",
    nn.ReLU: "ReLU",
    nn.LeakyReLU: "leaky ReLU",
    nn.Sigmoid: "sigmoid",
    nn.Tanh: "tanh",
}


class LayerUse(NamedTuple):
    """One use of a layer in a forward pass; `output` is without the batch dimension."""

    name: str
    layer: nn.Module
    output: Tensor


def trace_layers(model: nn.Module, image: Tensor) -> list[LayerUse]:
    """Return the uses of layers without children, in order, for an image (1, 1, 28, 28)."""
    uses: list[LayerUse] = []
    names = {layer: name for name, layer in model.named_modules() if not list(layer.children())}

    def record(layer: nn.Module, inputs: Any, output: Tensor) -> None:
        # A copy, because an in-place ReLU would change it afterwards.
        uses.append(LayerUse(names[layer], layer, output[0].clone()))

    hooks = [layer.register_forward_hook(record) for layer in names]
    try:
        with torch.inference_mode():
            model.eval()(image)
    finally:
        for hook in hooks:
            hook.remove()
    return uses


def summarize_layers(model: nn.Module) -> list[Layer]:
    """Return one entry per use of a layer, in order.

    `parameters` are trained, `buffers` are running means and variances. Both are counted at the
    layer's first use.
    """
    summaries: list[Layer] = []
    seen: set[nn.Module] = set()
    for name, layer, output in trace_layers(model, torch.zeros(1, 1, 28, 28)):
        is_new = layer not in seen
        seen.add(layer)
        summaries.append(
            {
                "name": name,
                "kind": describe_kind(layer),
                "output": list(output.shape),
                "parameters": sum(p.numel() for p in layer.parameters()) if is_new else 0,
                "buffers": count_buffers(layer) if is_new else 0,
                "multiply_adds": _count_multiply_adds(layer, output),
            }
        )
    return summaries


def count_multiply_adds(model: nn.Module) -> int:
    """Return the multiply-adds of convolutions and linear layers for one image."""
    return sum(layer["multiply_adds"] for layer in summarize_layers(model))


def count_buffers(model: nn.Module) -> int:
    """Return the number of running means and variances."""
    return sum(buffer.numel() for buffer in model.buffers() if buffer.ndim)


def describe_kind(layer: nn.Module) -> str:
    """Return the kind of a layer, such as "convolution 3x3, stride 2" or "dropout 0.25"."""
    if isinstance(layer, nn.Conv2d):
        height, width = layer.kernel_size
        stride = f", stride {layer.stride[0]}" if layer.stride[0] > 1 else ""
        padding = f", padding {layer.padding[0]}" if layer.padding[0] else ""
        groups = ", each channel by itself" if layer.groups > 1 else ""
        return f"convolution {height}x{width}{stride}{padding}{groups}"
    if isinstance(layer, nn.MaxPool2d):
        return f"max pooling {layer.kernel_size}x{layer.kernel_size}"
    if isinstance(layer, nn.Dropout):
        return f"dropout {layer.p:g}"
    return _KIND_NAMES.get(type(layer), type(layer).__name__)


def _count_multiply_adds(layer: nn.Module, output: Tensor) -> int:
    if not isinstance(layer, nn.Conv2d | nn.Linear):
        return 0
    return output.numel() * layer.weight[0].numel()
