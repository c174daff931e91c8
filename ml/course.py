"""What a run shows, epoch by epoch, and what it is examined on: people's drawings under the caps
beside rehearsal. The same for the same seed and epoch."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.rehearsal import BaseData, Pictures, join_pictures, rehearse
from ml.retraining_request import RetrainingRequest
from ml.samples import Parted, render_repeated, render_samples
from ml.shares import Deal, deal_drawings
from ml.validation import ValidationData

PEOPLE = "people"
"""The validation set of the people kept aside."""


@dataclass(frozen=True, slots=True)
class Course:
    """A request with its drawings and its base data."""

    request: RetrainingRequest
    parted: Parted
    base: BaseData
    has_nondigits: bool

    def prepare(self, epoch: int) -> tuple[Pictures, int]:
        """Return the pictures of an epoch and how many of them, the first ones, are rehearsed."""
        rng = np.random.default_rng([self.request.seed, epoch])
        rehearsed = rehearse(
            self.base.training, self.request.tuning, has_nondigits=self.has_nondigits, rng=rng
        )
        deal = self.deal(Counter(rehearsed.labels.tolist()), epoch)
        drawings = render_repeated(self.parted.taught, deal.times, rng)
        return join_pictures([rehearsed, drawings]), len(rehearsed.labels)

    def deal(self, rehearsed: Counter[int], epoch: int) -> Deal:
        """Return how often each drawing is shown in an epoch."""
        return deal_drawings(self.parted.taught, rehearsed, self.request, epoch)

    def find_validation(self) -> ValidationData:
        """Return the base's sets and that of the people kept aside."""
        sets = dict(self.base.validation.sets)
        if self.parted.aside:
            sets[PEOPLE] = render_samples(self.parted.aside)
        return ValidationData(sets)

    def describe(self) -> dict[str, Any]:
        """Return what was shown, for the card: nothing is left out in silence."""
        tuning, taught = self.request.tuning, self.parted.taught
        nondigits = tuning.nondigits_rehearsed if self.has_nondigits else 0
        rehearsed = Counter(dict.fromkeys(range(10), (tuning.rehearsed - nondigits) // 10))
        rehearsed[10] = nondigits
        deals = [self.deal(rehearsed, epoch) for epoch in range(self.request.epochs)]
        shown = np.sum([deal.times for deal in deals], axis=0)
        capped = {person for deal in deals for person in deal.capped}
        return {
            "rehearsal": self.base.kind,
            "rehearsed_an_epoch": rehearsed.total(),
            "drawings": len(taught),
            "people": len({sample.person for sample in taught}),
            "drawings_kept_aside": len(self.parted.aside),
            "people_kept_aside": len({sample.person for sample in self.parted.aside}),
            "shown_an_epoch": round(float(shown.sum()) / len(deals)),
            "people_capped": len(capped),
            "drawings_capped": sum(sample.person in capped for sample in taught),
            "drawings_never_shown": int((shown == 0).sum()),
        }
