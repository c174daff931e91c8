"""The forward pass in torch: bf16 with folded normalisations and captured, for CUDA; on a CPU only
to compare with."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ml.artifacts.release_files import load_model
from ml.preprocessing.rasterize import Raster

BATCH_SIZES = (1, 8, 32, 128, 256)
"""Groups are filled up to the next of these, for each of which one pass is captured."""

ForwardPass = Callable[[Tensor], Tensor]


class TorchBackend:
    """Rasters to logits by a release's weights.safetensors."""

    def __init__(
        self, folder: Path, *, device: str = "cuda", dtype: torch.dtype = torch.bfloat16
    ) -> None:
        # Folded in float32: batch normalisation's running figures themselves would suffer in bf16.
        network: Any = load_model(folder)  # Any: torch's types do not know memory_format
        fold_batch_norms(network)
        self._network = network.to(device, dtype, memory_format=torch.channels_last)
        self._device, self._dtype = torch.device(device), dtype
        self._passes: dict[int, ForwardPass] = {}
        self.name = f"torch-{self._device.type}-{str(dtype).removeprefix('torch.')}"

    def compute_logits(self, rasters: Raster) -> npt.NDArray[np.float32]:
        """Return the logits (n, classes) of rasters (n, 28, 28) uint8."""
        with torch.inference_mode():
            parts = torch.split(torch.from_numpy(rasters), BATCH_SIZES[-1])
            logits = torch.cat([self._answer(part) for part in parts])
            result: npt.NDArray[np.float32] = logits.numpy()
        return result

    def _answer(self, rasters: Tensor) -> Tensor:
        size = next(size for size in BATCH_SIZES if size >= len(rasters))
        filled = torch.zeros((size, *rasters.shape[1:]), dtype=torch.uint8)
        filled[: len(rasters)] = rasters
        if size not in self._passes:
            is_captured = self._device.type == "cuda"
            self._passes[size] = self._capture(filled) if is_captured else self._forward
        return self._passes[size](filled)[: len(rasters)].cpu()

    def _forward(self, rasters: Tensor) -> Tensor:
        pictures = rasters.to(self._device).unsqueeze(1).float().div_(255)
        logits, _ = self._network(pictures.to(self._dtype, memory_format=torch.channels_last))
        answered: Tensor = logits.float()
        return answered

    def _capture(self, example: Tensor) -> ForwardPass:
        """Record all kernels of a pass as one graph: started at once, they do not wait for Python
        between each other (pytorch.org/docs/stable/notes/cuda.html, CUDA Graphs)."""
        seen = example.to(self._device)
        side = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(side):
            for _ in range(3):
                self._forward(seen)
        torch.cuda.current_stream(self._device).wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            answered = self._forward(seen)

        def replay(rasters: Tensor) -> Tensor:
            seen.copy_(rasters)
            graph.replay()
            return answered

        return replay


def fold_batch_norms(network: nn.Module) -> None:
    """Fold each batch normalisation into the convolution registered right before it, in place.

    Raises RuntimeError when the network then answers otherwise: its layers are not used in the
    order in which they stand.
    """
    example = torch.rand(4, 1, 28, 28)
    with torch.inference_mode():
        before = network(example)[0]
    for parent in list(network.modules()):
        for (name, layer), (next_name, following) in pairwise(list(parent.named_children())):
            if isinstance(layer, nn.Conv2d) and isinstance(following, nn.BatchNorm2d):
                setattr(parent, name, fuse_conv_bn_eval(layer, following))
                setattr(parent, next_name, nn.Identity())
    with torch.inference_mode():
        difference = float((network(example)[0] - before).abs().max())
    if difference > 1e-3 * max(float(before.abs().max()), 1.0):
        raise RuntimeError(f"Folding the normalisations moved a logit by {difference:.2g}.")
