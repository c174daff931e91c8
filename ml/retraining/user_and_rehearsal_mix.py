"""Data of a retraining run: user drawings under the contribution caps, mixed with rehearsal data.

The same seed and epoch give the same data.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from ml.artifacts.model_card import TrainingData
from ml.data.epoch_dataset import EpochDataset
from ml.evaluation.validation_during_training import ValidationData
from ml.retraining.drawing_repetitions import Allocation, allocate_repetitions
from ml.retraining.rehearsal_data import RehearsalData, sample_rehearsal_images
from ml.retraining.retraining_config import RetrainingConfig
from ml.retraining.user_drawing_holdout_and_rendering import (
    HoldoutSplit,
    render_drawings,
    render_repetitions,
)

USERS_SET = "people"
"""The validation set of the holdout users, as stored model cards name it."""


@dataclass(frozen=True, slots=True)
class EpochSampler:
    """The drawings and rehearsal data of a run; `rehearsal_counts` holds the number of rehearsal
    images of each class in an epoch."""

    config: RetrainingConfig
    drawings: HoldoutSplit
    rehearsal: RehearsalData
    rehearsal_counts: Counter[int]

    def build_dataset(self, epoch: int) -> EpochDataset:
        """Return the data set of an epoch, counted from 0; the rehearsal images come first."""
        rng = np.random.default_rng([self.config.seed, epoch])
        rehearsal = sample_rehearsal_images(self.rehearsal.training, self.rehearsal_counts, rng)
        repetitions = self._allocate(epoch).repetitions
        drawings = render_repetitions(self.drawings.training, repetitions, rng)
        return EpochDataset.concat([rehearsal, drawings])

    def build_validation_data(self) -> ValidationData:
        """Return the validation sets of the rehearsal data and that of the holdout users, if any.

        Raises CannotRetrain.
        """
        sets = dict(self.rehearsal.validation.sets)
        if self.drawings.holdout:
            sets[USERS_SET] = render_drawings(self.drawings.holdout)
        return ValidationData(sets)

    def describe(self) -> TrainingData:
        """Return counts of the data for the model card, of capped and unused drawings too."""
        training, holdout = self.drawings.training, self.drawings.holdout
        epochs = [self._allocate(epoch) for epoch in range(self.config.epochs)]
        repetitions = np.sum([epoch.repetitions for epoch in epochs], axis=0)
        capped_users = {user for epoch in epochs for user in epoch.capped_users}
        return {
            "snapshot_sha256": self.config.snapshot_sha256,
            "rehearsal": self.rehearsal.kind,
            "rehearsal_images_per_epoch": self.rehearsal_counts.total(),
            "drawings": len(training),
            "users": len({drawing.user for drawing in training}),
            "holdout_drawings": len(holdout),
            "holdout_users": len({drawing.user for drawing in holdout}),
            "drawings_per_epoch": round(float(repetitions.sum()) / len(epochs)),
            "capped_users": len(capped_users),
            "capped_drawings": sum(drawing.user in capped_users for drawing in training),
            "unused_drawings": int((repetitions == 0).sum()),
        }

    def _allocate(self, epoch: int) -> Allocation:
        return allocate_repetitions(
            self.drawings.training, self.rehearsal_counts, self.config, epoch
        )
