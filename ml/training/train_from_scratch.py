"""Training from random or released weights: a config and data in, EMA weights and reports out.

Reads no test set and prints nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ml.data.epoch_dataset import EpochBuilder, EpochDataset, TrainingData
from ml.evaluation.validation_during_training import ValidationData, validate
from ml.inference.predictor import select_device
from ml.training.checkpoint import compute_run_id, load_checkpoint, save_checkpoint
from ml.training.epoch_report import EpochReport
from ml.training.numpy_trainer import NumpyTrainer
from ml.training.trainer import BatchCallback, Trainer, TrainingStopped, ignore_batch
from ml.training_config import TrainingConfig


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """The EMA weights and one report per finished epoch. Use the weights of finished runs only: a
    stopped run has trained on a part of an epoch."""

    config: TrainingConfig
    weights: dict[str, Tensor]
    reports: list[EpochReport]
    is_finished: bool
    start_sha256: str = ""  # of the release that the run started from


def train(
    config: TrainingConfig,
    data: TrainingData,
    validation: ValidationData,
    *,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
    should_stop: Callable[[], bool] = lambda: False,
    checkpoint: Path | None = None,
    device: str | None = None,
    start: Mapping[str, Tensor] | None = None,
    start_sha256: str = "",
) -> TrainingResult:
    """Train from the weights `start` of a release, or from random ones, to the last epoch or until
    `should_stop` returns True.

    With a `checkpoint` path the state is saved there after each epoch, and a run whose file exists
    resumes from it. Raises CannotResume.
    """
    trainer = _create_trainer(config, torch.device(device or select_device()), start)
    run_id = compute_run_id(config, *([start_sha256] if start_sha256 else []))
    if checkpoint is not None and (state := load_checkpoint(checkpoint, run_id)):
        trainer.load_state_dict(state)
    is_finished = True
    try:
        builder = EpochBuilder(config, data)
        for report in train_epochs(trainer, builder.build, validation, should_stop=should_stop):
            if checkpoint is not None:
                save_checkpoint(checkpoint, run_id, trainer.state_dict())
            on_epoch(report)
    except TrainingStopped:
        is_finished = False
    weights = {name: value.float() for name, value in trainer.copy_ema_weights().items()}
    return TrainingResult(config, weights, trainer.reports, is_finished, start_sha256)


def train_epochs(
    trainer: Trainer | NumpyTrainer,
    build_dataset: Callable[[int], EpochDataset],
    validation: ValidationData,
    *,
    should_stop: Callable[[], bool],
    on_batch: BatchCallback = ignore_batch,
) -> Iterator[EpochReport]:
    """Train the remaining epochs; validate the EMA weights and yield a report after each.

    Raises TrainingStopped.
    """
    epochs = trainer.config.epochs + trainer.config.cooldown_epochs
    while trainer.epoch < epochs:
        started_at = time.perf_counter()
        dataset = build_dataset(trainer.epoch)
        loss = trainer.train_one_epoch(dataset, should_stop=should_stop, on_batch=on_batch)
        found = validate(trainer.ema_model, validation, trainer.device)
        report = EpochReport(
            epoch=trainer.epoch,
            epochs=epochs,
            loss=loss,
            lr=trainer.lr,
            wall_s=time.perf_counter() - started_at,
            validation=found.sets,
            accuracy=found.accuracy,
            by_digit=found.by_digit,
        )
        trainer.reports.append(report)
        yield report


def _create_trainer(
    config: TrainingConfig, device: torch.device, start: Mapping[str, Tensor] | None
) -> Trainer | NumpyTrainer:
    if config.architecture == "fnn":
        return NumpyTrainer(config, start)
    # On a CPU a compiled inknet is no faster (238 µs an image, 223 µs without).
    return Trainer(config, device, start, compile_model=device.type == "cuda")
