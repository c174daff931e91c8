"""Model architectures, one per module: `build` returns a model, TRAINING_CONFIG is how it is
trained. A model maps images (B, 1, 28, 28) in [0, 1] to a tuple of logits and features."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from ml.training_config import ArchitectureParams, TrainingConfig

if TYPE_CHECKING:
    from torch import Tensor, nn

ARCHITECTURES = (
    "inknet",
    "kaggle_cnn",
    "lenet5_v2",
    "sequential8",
    "mlp",
    "cnn_xavier",
    "fnn",
)


def build_architecture(architecture: str, params: ArchitectureParams | None = None) -> nn.Module:
    """Return an untrained model; `params` are the arguments of the architecture's `build`."""
    module = import_module(f"ml.architectures.{architecture}")
    return cast("nn.Module", module.build(**(params or {})))


def load_training_config(architecture: str) -> TrainingConfig:
    module = import_module(f"ml.architectures.{architecture}")
    return cast("TrainingConfig", module.TRAINING_CONFIG)


def to_model_input(rasters: Tensor) -> Tensor:
    """Return images (B, 1, 28, 28) float32 in [0, 1] for rasters (B, 28, 28) uint8."""
    return rasters.unsqueeze(1).float().div_(255)
