"""The forward pass in torch: bf16 with folded normalisations, for CUDA; on a CPU only to compare
with."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ml.checkpoint import load_network
from ml.raster import Raster


class TorchBackend:
    """Rasters to logits by a release's weights.safetensors."""

    def __init__(
        self, folder: Path, *, device: str = "cuda", dtype: torch.dtype = torch.bfloat16
    ) -> None:
        # Folded in float32: batch normalisation's running figures themselves would suffer in bf16.
        network: Any = load_network(folder)  # Any: torch's types do not know memory_format
        fold_normalisations(network)
        self._network = network.to(device, dtype, memory_format=torch.channels_last)
        self._device, self._dtype = torch.device(device), dtype
        self.name = f"torch-{self._device.type}-{str(dtype).removeprefix('torch.')}"

    def compute_logits(self, rasters: Raster) -> npt.NDArray[np.float32]:
        """Return the logits (n, classes) of rasters (n, 28, 28) uint8."""
        with torch.inference_mode():
            pictures = torch.from_numpy(rasters).to(self._device).unsqueeze(1).float().div_(255)
            pictures = pictures.to(self._dtype, memory_format=torch.channels_last)
            logits, _ = self._network(pictures)
            result: npt.NDArray[np.float32] = logits.float().cpu().numpy()
        return result


def fold_normalisations(network: nn.Module) -> None:
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
