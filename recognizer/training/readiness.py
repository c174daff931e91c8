"""Readiness of a training set: the drawings that a run and its evaluation can use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from recognizer.models import Rehearsal, RunStatus, Snapshot, TrainingRun
from recognizer.snapshots.next_snapshot_counts import count_next_snapshot
from recognizer.snapshots.training_samples import find_holdout_snapshot

MIN_EVALUATION_DRAWINGS = 300
MIN_EVALUATION_DRAWINGS_PER_DIGIT = 30
"""Of the promotion gate: `ml.evaluation.promotion_gate`, which the web tier does not import. A test
compares them."""
NUM_DIGITS = 10
NUM_RECENT_RUNS = 5


@dataclass(frozen=True, slots=True)
class Readiness:
    """Training drawings of a training set and holdout drawings of its evaluation, by label, and the
    seconds that an epoch took recently."""

    training: Sequence[int]
    holdout: Sequence[int]
    epoch_s: float | None

    @property
    def num_training(self) -> int:
        return sum(self.training)

    @property
    def num_holdout(self) -> int:
        return sum(self.holdout)

    @property
    def num_digits(self) -> int:
        """Digits with a training drawing."""
        return sum(count > 0 for count in self.training[:NUM_DIGITS])

    @property
    def can_train(self) -> bool:
        return self.num_digits > 1

    @property
    def short_digits(self) -> list[int]:
        """Digits of which the holdout has too few drawings."""
        counts = self.holdout[:NUM_DIGITS]
        return [i for i, n in enumerate(counts) if n < MIN_EVALUATION_DRAWINGS_PER_DIGIT]

    @property
    def has_enough_holdout(self) -> bool:
        return self.num_holdout >= MIN_EVALUATION_DRAWINGS and not self.short_digits


def build_readiness(
    snapshot: Snapshot | None, next_counts: Mapping[str, Sequence[int]] | None = None
) -> Readiness:
    """Return the readiness of a snapshot, or without one of the next snapshot, which has
    `next_counts`."""
    counts = snapshot.counts if snapshot else next_counts or count_next_snapshot()
    is_own = snapshot is None or not snapshot.is_imported
    holdout: Sequence[int] = counts["holdout"]
    if not (is_own and any(holdout)):
        found = find_holdout_snapshot(snapshot)
        holdout = found.counts["holdout"] if found else [0] * len(holdout)
    return Readiness(counts["training"], holdout, _measure_epoch())


def used_synthetic_digits(run: TrainingRun) -> bool:
    """Return whether synthetic digits replaced rehearsal data that could not be downloaded."""
    if run.rehearsal == Rehearsal.SYNTHETIC or run.model is None:
        return False
    data = run.model.card.get("data")
    return isinstance(data, dict) and data.get("rehearsal") == Rehearsal.SYNTHETIC


def are_synthetic_digits_expected() -> bool:
    """Return whether synthetic digits replaced the rehearsal data of the last successful run."""
    succeeded = TrainingRun.objects.filter(status=RunStatus.SUCCEEDED, model__isnull=False)
    last = succeeded.select_related("model").first()
    return last is not None and used_synthetic_digits(last)


def _measure_epoch() -> float | None:
    """Return the median seconds per epoch of the last successful runs, or None without any."""
    rows = TrainingRun.objects.filter(
        status=RunStatus.SUCCEEDED, started_at__isnull=False, ended_at__isnull=False
    ).values_list("started_at", "ended_at", "epochs")[:NUM_RECENT_RUNS]
    seconds = [
        (end - start).total_seconds() / epochs
        for start, end, epochs in rows
        if start and end and epochs
    ]
    return median(seconds) if seconds else None
