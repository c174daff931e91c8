"""A run's state on disk after each epoch, so that a stopped run goes on; whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from ml.config import TrainingConfig

TrainingState = dict[str, Any]


class CannotResume(Exception):
    """The checkpoint belongs to another configuration or is damaged."""


def save_training_state(path: Path, config: TrainingConfig, state: TrainingState) -> None:
    """Write tensors and plain values with the run's configuration, replacing an earlier state."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("wb") as file:
        torch.save({"config": repr(config), **state}, file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def load_training_state(
    path: Path, config: TrainingConfig, device: torch.device | str = "cpu"
) -> TrainingState:
    """Return what was saved for the same configuration. Raises CannotResume."""
    try:
        state: TrainingState = torch.load(path, map_location=device, weights_only=True)
        saved_for = state["config"]
    except Exception as error:
        raise CannotResume(f"{path} cannot be read: {error}") from error
    if saved_for != repr(config):
        raise CannotResume(f"{path} belongs to another configuration.")
    return state
