"""One file for each network. Each module names its builder in `build`, whose networks turn pictures
(B, 1, 28, 28) into logits and features, and how it is trained in `RECIPE`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from ml.recipe import Shape, TrainingConfig

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


def build(architecture: str, shape: Shape | None = None) -> nn.Module:
    """Return a fresh network of the named architecture; `shape` is what its `build` takes."""
    module = import_module(f"ml.architectures.{architecture}")
    return cast("nn.Module", module.build(**(shape or {})))


def find_recipe(architecture: str) -> TrainingConfig:
    """Return how the named architecture is trained."""
    module = import_module(f"ml.architectures.{architecture}")
    return cast("TrainingConfig", module.RECIPE)
