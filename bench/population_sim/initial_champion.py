"""The initial champion of a simulation, trained on MNIST without pen drawings."""

from __future__ import annotations

from pathlib import Path

import torch

from ml.data.epoch_dataset import load_training_data
from ml.evaluation.validation_during_training import load_validation_data
from ml.training.build_release import create_release
from ml.training.epoch_report import EpochReport
from ml.training.train_from_scratch import train
from ml.training_config import TrainingConfig

CONFIG = TrainingConfig(
    base=("mnist",), epochs=2, warmup_epochs=0.5, cooldown_epochs=0, num_nondigits_of_digits=0
)


def train_champion(folder: Path) -> Path:
    """Train the release in `folder` unless it exists; return the folder."""
    if (folder / "card.json").is_file():
        return folder
    torch.set_num_threads(1)
    validation = load_validation_data()
    result = train(CONFIG, load_training_data(CONFIG.base), validation, on_epoch=_print_epoch)
    create_release(result, validation, folder)
    return folder


def _print_epoch(report: EpochReport) -> None:
    print(f"  epoch {report.epoch} of {report.epochs}: {report.validation}", flush=True)
