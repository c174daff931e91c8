"""The layers of a network as it uses them, for its card: shapes, parameters, multiply-adds."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

LayerSummary = dict[str, Any]


def summarize_layers(network: nn.Module) -> list[LayerSummary]:
    """Return one entry for each use of a layer, in order, for a picture (1, 1, 28, 28).

    `output` is the shape without the batch; `parameters` are trained, `not_trained` are running
    means and variances; both are counted at the layer's first use.
    """
    layers: list[LayerSummary] = []
    names = {layer: name for name, layer in network.named_modules() if not list(layer.children())}
    seen: set[nn.Module] = set()

    def note(layer: nn.Module, inputs: Any, output: Tensor) -> None:
        is_new = layer not in seen
        seen.add(layer)
        layers.append(
            {
                "name": names[layer],
                "kind": _describe_kind(layer),
                "output": list(output.shape[1:]),
                "parameters": sum(p.numel() for p in layer.parameters()) if is_new else 0,
                "not_trained": count_buffers(layer) if is_new else 0,
                "multiply_adds": _count_multiply_adds(layer, output),
            }
        )

    hooks = [layer.register_forward_hook(note) for layer in names]
    with torch.inference_mode():
        network.eval()(torch.zeros(1, 1, 28, 28))
    for hook in hooks:
        hook.remove()
    return layers


def count_multiply_adds(network: nn.Module) -> int:
    """Return the multiply-adds of convolutions and linear layers for one picture (1, 1, 28, 28)."""
    return sum(layer["multiply_adds"] for layer in summarize_layers(network))


def count_buffers(network: nn.Module) -> int:
    """Return how many running means and variances it keeps: parameters that are not trained."""
    return sum(buffer.numel() for buffer in network.buffers() if buffer.ndim)


def _count_multiply_adds(layer: nn.Module, output: Tensor) -> int:
    if not isinstance(layer, nn.Conv2d | nn.Linear):
        return 0
    return output[0].numel() * layer.weight[0].numel()


def _describe_kind(layer: nn.Module) -> str:
    """Return the kind in the field's words: "convolution 3x3, stride 2", "dropout 0.25"."""
    if isinstance(layer, nn.Conv2d):
        high, wide = layer.kernel_size
        each = ", each channel by itself" if layer.groups > 1 else ""
        stride = f", stride {layer.stride[0]}" if layer.stride[0] > 1 else ""
        padding = f", padding {layer.padding[0]}" if layer.padding[0] else ""
        return f"convolution {high}x{wide}{stride}{padding}{each}"
    if isinstance(layer, nn.MaxPool2d):
        return f"max pooling {layer.kernel_size}x{layer.kernel_size}"
    if isinstance(layer, nn.Dropout):
        return f"dropout {layer.p:g}"
    return _KIND_NAMES.get(type(layer), type(layer).__name__)


_KIND_NAMES: dict[type[nn.Module], str] = {
    nn.Linear: "dense",
    nn.BatchNorm1d: "batch normalisation",
    nn.BatchNorm2d: "batch normalisation",
    nn.ReLU: "ReLU",
    nn.LeakyReLU: "leaky ReLU",
    nn.Sigmoid: "sigmoid",
    nn.Tanh: "tanh",
}
