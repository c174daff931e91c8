"""Inference in torch for CUDA: bf16, folded batch norms, CUDA graphs. On a CPU for tests only."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ml.architectures import to_model_input
from ml.artifacts.release_storage import load_model
from ml.preprocessing.array_types import FloatArray, Raster

BATCH_SIZES = (1, 8, 32, 128, 256)
"""Batches are padded to the next of these sizes; one CUDA graph is captured for each."""

ForwardPass = Callable[[Tensor], Tensor]


class TorchBackend:
    """Forward pass of a release's weights.safetensors."""

    def __init__(
        self, folder: Path, *, device: str = "cuda", dtype: torch.dtype = torch.bfloat16
    ) -> None:
        """Raises CannotLoadRelease."""
        model: Any = load_model(folder)  # Any: torch's types lack memory_format
        fold_batch_norms(model)  # in float32, because bf16 would round the running statistics
        self._model = model.to(device, dtype, memory_format=torch.channels_last)
        self._device, self._dtype = torch.device(device), dtype
        self._passes: dict[int, ForwardPass] = {}
        self.name = f"torch-{self._device.type}-{str(dtype).removeprefix('torch.')}"

    def compute_logits(self, rasters: Raster) -> FloatArray:
        """Return the logits (n, classes) of rasters (n, 28, 28) uint8."""
        with torch.inference_mode():
            batches = torch.split(torch.from_numpy(rasters), BATCH_SIZES[-1])
            logits = torch.cat([self._run_batch(batch) for batch in batches])
            result: FloatArray = logits.numpy()
        return result

    def _run_batch(self, rasters: Tensor) -> Tensor:
        size = next(size for size in BATCH_SIZES if size >= len(rasters))
        padded = torch.zeros((size, *rasters.shape[1:]), dtype=torch.uint8)
        padded[: len(rasters)] = rasters
        if size not in self._passes:
            is_cuda = self._device.type == "cuda"
            self._passes[size] = self._capture(padded) if is_cuda else self._forward
        return self._passes[size](padded)[: len(rasters)].cpu()

    def _forward(self, rasters: Tensor) -> Tensor:
        images = to_model_input(rasters.to(self._device))
        logits, _ = self._model(images.to(self._dtype, memory_format=torch.channels_last))
        result: Tensor = logits.float()
        return result

    def _capture(self, example: Tensor) -> ForwardPass:
        """Capture a forward pass as a CUDA graph, which launches all kernels without Python between
        them (pytorch.org/docs/stable/notes/cuda.html, CUDA Graphs)."""
        static_input = example.to(self._device)
        side = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(side):
            for _ in range(3):
                self._forward(static_input)
        torch.cuda.current_stream(self._device).wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            static_output = self._forward(static_input)

        def replay(rasters: Tensor) -> Tensor:
            static_input.copy_(rasters)
            graph.replay()
            return static_output

        return replay


def fold_batch_norms(model: nn.Module) -> None:
    """Fold each batch norm into the convolution registered right before it, in place.

    Raises RuntimeError if this changes the logits, because the layers are used in another order
    than they are registered.
    """
    example = torch.rand(4, 1, 28, 28)
    with torch.inference_mode():
        before = model(example)[0]
    for parent in list(model.modules()):
        for (name, layer), (next_name, next_layer) in pairwise(list(parent.named_children())):
            if isinstance(layer, nn.Conv2d) and isinstance(next_layer, nn.BatchNorm2d):
                setattr(parent, name, fuse_conv_bn_eval(layer, next_layer))
                setattr(parent, next_name, nn.Identity())
    with torch.inference_mode():
        difference = float((model(example)[0] - before).abs().max())
    if difference > 1e-3 * max(float(before.abs().max()), 1.0):
        raise RuntimeError(f"Folding the batch norms changed a logit by {difference:.2g}.")
