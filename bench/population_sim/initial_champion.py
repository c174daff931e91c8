"""The network a town starts with: it has seen MNIST, and nothing drawn with a pen."""

from __future__ import annotations

from pathlib import Path

import torch

from ml.config import TrainingConfig
from ml.data.epoch_dataset import load_training_data
from ml.evaluation.validation import load_validation_data
from ml.training.epoch_report import EpochReport
from ml.training.release import create_release
from ml.training.train import train

CONFIG = TrainingConfig(
    base=("mnist",), epochs=2, warmup_epochs=0.5, cooldown_epochs=0, num_joined_digits=0
)


def train_champion(folder: Path) -> Path:
    """The release in `folder`, trained unless it is there already."""
    if (folder / "card.json").is_file():
        return folder
    torch.set_num_threads(1)
    validation = load_validation_data()
    result = train(CONFIG, load_training_data(CONFIG.base), validation, on_epoch=_print_epoch)
    create_release(result, validation, folder)
    return folder


def _print_epoch(report: EpochReport) -> None:
    print(f"  epoch {report.epoch} of {report.epochs}: {report.validation}", flush=True)
