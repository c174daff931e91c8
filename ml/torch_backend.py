"""The forward pass in torch: bf16 with folded normalisations, for CUDA; on a CPU only to compare
with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.fx.experimental.optimization import fuse

from ml.checkpoint import load_network
from ml.raster import Raster


class TorchBackend:
    """Rasters to logits by a release's weights.safetensors."""

    def __init__(
        self, folder: Path, *, device: str = "cuda", dtype: torch.dtype = torch.bfloat16
    ) -> None:
        # Folded in float32: batch normalisation's running figures themselves would suffer in bf16.
        network: Any = fuse(load_network(folder))  # torch's types do not know memory_format
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
