"""The trainer of the fnn, in NumPy: SGD without autograd, EMA or augmentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ml.architectures import fnn
from ml.data.epoch_dataset import EpochDataset
from ml.training.epoch_report import EpochReport
from ml.training.trainer import BatchCallback, TrainingStopped, ignore_batch
from ml.training_config import TrainingConfig


class NumpyTrainer:
    """State of a training run of the fnn, with the interface of `ml.training.trainer.Trainer`."""

    device = torch.device("cpu")

    def __init__(self, config: TrainingConfig, start: Mapping[str, Tensor] | None = None) -> None:
        self.config = config
        self.weights = fnn.init_weights(np.random.default_rng(config.seed))
        if start is not None:
            self.weights = {name: value.numpy().astype(float) for name, value in start.items()}
        self.epoch, self.lr = 0, 0.0
        self.reports: list[EpochReport] = []

    @property
    def ema_model(self) -> nn.Module:
        """The current weights in a torch module; the fnn has no EMA."""
        model = fnn.build()
        model.load_state_dict(self.copy_ema_weights())
        return model

    def train_one_epoch(
        self,
        dataset: EpochDataset,
        *,
        should_stop: Callable[[], bool],
        on_batch: BatchCallback = ignore_batch,
    ) -> float:
        """Train on each example once, without the incomplete last batch; return the mean loss.

        Raises TrainingStopped.
        """
        images, labels = dataset.images.numpy().reshape(-1, fnn.NUM_PIXELS), dataset.labels.numpy()
        size = self.config.batch_size
        order = np.random.default_rng([self.config.seed, self.epoch, 1]).permutation(len(labels))
        batches = order[: len(order) // size * size].reshape(-1, size)
        self.lr, total = fnn.lr_at(self.config, self.epoch), 0.0
        for done, rows in enumerate(batches):
            if should_stop():
                raise TrainingStopped
            on_batch(done, len(batches), torch.tensor(total / max(done, 1)))
            loss, gradients = fnn.compute_gradients(
                self.weights, images[rows] / 255, labels[rows], self.config.weight_decay
            )
            fnn.sgd_step(self.weights, gradients, self.lr)
            total += loss
        self.epoch += 1
        return total / max(len(batches), 1)

    def copy_ema_weights(self) -> dict[str, Tensor]:
        """Return the weights in float32."""
        return {name: torch.from_numpy(value).float() for name, value in self.weights.items()}

    def state_dict(self) -> dict[str, Any]:
        """Return the content of a checkpoint."""
        return {
            "model": {name: torch.from_numpy(value) for name, value in self.weights.items()},
            "epoch": self.epoch,
            "reports": [asdict(report) for report in self.reports],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.weights = {name: value.numpy() for name, value in state["model"].items()}
        self.epoch = state["epoch"]
        self.reports = [EpochReport(**report) for report in state["reports"]]
