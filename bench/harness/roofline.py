"""Limits of a device, the work of a model, and the utilization at a measured rate.

The limits are measured on the device: a large matrix product and a copy of a large block
(Williams et al., Roofline, doi:10.1145/1498765.1498785).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from ml.architectures.layer_summary import summarize_layers

SIDE = 2048
COPIED_BYTES = 256 * 2**20
TRAINING_FACTOR = 3
"""A training step costs three forward passes: the gradients of inputs and of weights cost one
each."""


@dataclass(frozen=True, slots=True)
class DeviceLimits:
    """Limits of one device; of a CPU: of one core."""

    name: str
    operations_per_s: float
    bytes_per_s: float

    def __str__(self) -> str:
        reach = f"{self.operations_per_s / 1e9:,.0f} GFLOP/s, {self.bytes_per_s / 1e9:,.0f} GB/s"
        return f"{self.name} ({reach})"


@dataclass(frozen=True, slots=True)
class Workload:
    """Work of one image: floating-point operations, and bytes moved.

    Each feature map is written and read once.
    """

    operations: float
    moved: float

    def times(self, factor: float) -> Workload:
        return Workload(self.operations * factor, self.moved * factor)


def measure_limits(device: str, dtype: torch.dtype) -> DeviceLimits:
    """Measure the limits of `device` in `dtype`, on a CPU with the current number of threads."""
    left, right = (torch.rand(SIDE, SIDE, device=device).to(dtype) for _ in range(2))
    block = torch.zeros(COPIED_BYTES, dtype=torch.uint8, device=device)
    copy = torch.empty_like(block)
    product_s = min(time_calls(lambda: torch.mm(left, right), device))
    copy_s = min(time_calls(lambda: copy.copy_(block), device))
    name = torch.cuda.get_device_name(device) if device.startswith("cuda") else "one core"
    kind = str(dtype).removeprefix("torch.")
    return DeviceLimits(f"{name}, {kind}", 2 * SIDE**3 / product_s, 2 * COPIED_BYTES / copy_s)


def count_work(model: nn.Module, dtype: torch.dtype) -> Workload:
    """Return the work of the forward pass of one image.

    The memory traffic of normalizations and activations is not counted: a good kernel fuses them
    with the layer before.
    """
    layers = summarize_layers(model)
    sizes = [torch.Size(layer["output"]).numel() for layer in layers if layer["multiply_adds"]]
    operations = 2 * sum(layer["multiply_adds"] for layer in layers)
    return Workload(operations, (28 * 28 + 2 * sum(sizes)) * dtype.itemsize)


def format_utilization(rate: float, work: Workload, limits: DeviceLimits) -> str:
    """Return the utilization of each limit at `rate` images per second."""
    computing = rate * work.operations / limits.operations_per_s
    moving = rate * work.moved / limits.bytes_per_s
    return f"{computing:6.1%} of the operations, {moving:6.1%} of the bytes"


def time_calls(call: Callable[[], object], device: str, *, seconds: float = 0.5) -> list[float]:
    """Return the durations in seconds of at least five calls, after a warm-up call."""
    times: list[float] = []
    _finish(call, device)
    end = time.perf_counter() + seconds
    while (start := time.perf_counter()) < end or len(times) < 5:
        _finish(call, device)
        times.append(time.perf_counter() - start)
    return times


def _finish(call: Callable[[], object], device: str) -> None:
    call()
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
