"""One file for each network. Each module names its builder in `build`, whose networks turn pictures
(B, 1, 28, 28) into logits and features, and how it is trained in `TRAINING_CONFIG`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from ml.config import ArchitectureParams, TrainingConfig

if TYPE_CHECKING:
    from torch import nn

ARCHITECTURES = (
    "inknet",
    "kaggle_cnn",
    "lenet5_v2",
    "sequential8",
    "mlp",
    "cnn_xavier",
    "fnn",
)


def build_architecture(architecture: str, shape: ArchitectureParams | None = None) -> nn.Module:
    """Return a fresh network of the named architecture; `shape` is what its `build` takes."""
    module = import_module(f"ml.architectures.{architecture}")
    return cast("nn.Module", module.build(**(shape or {})))


def load_training_config(architecture: str) -> TrainingConfig:
    """Return how the named architecture is trained."""
    module = import_module(f"ml.architectures.{architecture}")
    return cast("TrainingConfig", module.TRAINING_CONFIG)
