"""Training of the fnn, whose passes are its own: as `ml.training.train.train`, without torch's
gradients,
averages or changed pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ml.architectures import fnn
from ml.config import TrainingConfig
from ml.data.epoch_dataset import EpochDataset, TrainingData, build_epoch_dataset
from ml.evaluation.validation import ValidationData, validate
from ml.training.checkpoint import load_training_state, save_training_state
from ml.training.train import TrainingEpochReport, TrainingResult

ShouldStop = Callable[[], bool]


def train_numpy(
    config: TrainingConfig,
    data: TrainingData,
    validation: ValidationData,
    *,
    on_epoch: Callable[[TrainingEpochReport], None],
    should_stop: ShouldStop,
    checkpoint: Path | None,
    start: Mapping[str, Tensor] | None,
) -> TrainingResult:
    """Train to the end, or until `should_stop` says so between two batches. Raises CannotResume."""
    arrays = fnn.init_weights(np.random.default_rng(config.seed))
    if start is not None:
        arrays = {name: value.numpy().astype(np.float64) for name, value in start.items()}
    reports: list[TrainingEpochReport] = []
    if checkpoint is not None and checkpoint.exists():
        state = load_training_state(checkpoint, config)
        arrays = {name: value.numpy() for name, value in state["network"].items()}
        reports = [TrainingEpochReport(**report) for report in state["reports"]]
    while (epoch := len(reports)) < config.epochs:
        started = time.perf_counter()
        loss = _train_one_epoch(
            config, arrays, build_epoch_dataset(config, data, epoch), epoch, should_stop
        )
        if loss is None:
            break
        network = fnn.build()
        network.load_state_dict(_to_tensors(arrays))
        figures = validate(network, validation, torch.device("cpu"))
        rate, wall_s = fnn.lr_at(config, epoch), time.perf_counter() - started
        reports.append(TrainingEpochReport(epoch + 1, config.epochs, loss, rate, wall_s, figures))
        if checkpoint is not None:
            lines = [asdict(report) for report in reports]
            network_state = {name: torch.from_numpy(value) for name, value in arrays.items()}
            state = {"network": network_state, "epoch": epoch + 1, "reports": lines}
            save_training_state(checkpoint, config, state)
        on_epoch(reports[-1])
    return TrainingResult(config, _to_tensors(arrays), reports, len(reports) >= config.epochs)


def _train_one_epoch(
    config: TrainingConfig,
    arrays: fnn.Params,
    pool: EpochDataset,
    epoch: int,
    should_stop: ShouldStop,
) -> float | None:
    """Go through the pool once; return the mean loss, or None when told to stop."""
    images, labels = pool.images.numpy().reshape(-1, fnn.NUM_PIXELS), pool.labels.numpy()
    order = np.random.default_rng([config.seed, epoch, 1]).permutation(len(labels))
    steps = len(order) // config.batch_size
    rate, total = fnn.lr_at(config, epoch), 0.0
    changed = {name: value.copy() for name, value in arrays.items()}  # a stopped epoch is undone
    for chosen in order[: steps * config.batch_size].reshape(steps, config.batch_size):
        if should_stop():
            return None
        loss, gradients = fnn.compute_gradients(
            changed, images[chosen] / 255, labels[chosen], config.weight_decay
        )
        fnn.sgd_step(changed, gradients, rate)
        total += loss
    arrays.update(changed)
    return total / max(steps, 1)


def _to_tensors(arrays: fnn.Params) -> dict[str, Tensor]:
    return {name: torch.from_numpy(value).float() for name, value in arrays.items()}
