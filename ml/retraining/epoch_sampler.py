"""What a run shows, epoch by epoch, and what it is examined on: people's drawings under the caps
beside rehearsal. The same for the same seed and epoch."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.evaluation.validation import ValidationData
from ml.retraining.contribution_caps import Allocation, allocate_repetitions
from ml.retraining.rehearsal import (
    ImageBatch,
    RehearsalData,
    concat_images,
    sample_rehearsal_images,
)
from ml.retraining.retraining_config import RetrainingConfig
from ml.retraining.user_drawings import HoldoutSplit, render_augmented_repeats, render_drawings

USERS_SET = "people"
"""The validation set of the people kept aside."""


@dataclass(frozen=True, slots=True)
class EpochSampler:
    """A request with its drawings and its base data."""

    request: RetrainingConfig
    holdout_split: HoldoutSplit
    base: RehearsalData
    has_nondigits: bool

    def prepare(self, epoch: int) -> tuple[ImageBatch, int]:
        """Return the pictures of an epoch and how many of them, the first ones, are rehearsed."""
        rng = np.random.default_rng([self.request.seed, epoch])
        rehearsed = sample_rehearsal_images(
            self.base.training, self.request.tuning, has_nondigits=self.has_nondigits, rng=rng
        )
        allocation = self.allocation(Counter(rehearsed.labels.tolist()), epoch)
        drawings = render_augmented_repeats(self.holdout_split.taught, allocation.times, rng)
        return concat_images([rehearsed, drawings]), len(rehearsed.labels)

    def allocation(self, rehearsed: Counter[int], epoch: int) -> Allocation:
        """Return how often each drawing is shown in an epoch."""
        return allocate_repetitions(self.holdout_split.taught, rehearsed, self.request, epoch)

    def build_validation_data(self) -> ValidationData:
        """Return the base's sets and that of the people kept aside."""
        sets = dict(self.base.validation.sets)
        if self.holdout_split.aside:
            sets[USERS_SET] = render_drawings(self.holdout_split.aside)
        return ValidationData(sets)

    def describe(self) -> dict[str, Any]:
        """Return what was shown, for the card: nothing is left out in silence."""
        tuning, taught = self.request.tuning, self.holdout_split.taught
        nondigits = tuning.rehearsal_nondigits if self.has_nondigits else 0
        rehearsed = Counter(dict.fromkeys(range(10), (tuning.rehearsed - nondigits) // 10))
        rehearsed[10] = nondigits
        deals = [self.allocation(rehearsed, epoch) for epoch in range(self.request.epochs)]
        shown = np.sum([allocation.times for allocation in deals], axis=0)
        capped = {person for allocation in deals for person in allocation.capped}
        return {
            "rehearsal": self.base.kind,
            "rehearsed_an_epoch": rehearsed.total(),
            "drawings": len(taught),
            "people": len({sample.person for sample in taught}),
            "drawings_kept_aside": len(self.holdout_split.aside),
            "people_kept_aside": len({sample.person for sample in self.holdout_split.aside}),
            "shown_an_epoch": round(float(shown.sum()) / len(deals)),
            "people_capped": len(capped),
            "drawings_capped": sum(sample.person in capped for sample in taught),
            "drawings_never_shown": int((shown == 0).sum()),
        }
