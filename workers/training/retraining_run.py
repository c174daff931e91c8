"""Training of a run: loads its drawings and calls `ml.retraining.retrain`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import torch
from django.conf import settings

from ml.retraining.retrain import CHECKPOINT_FILE, retrain
from ml.retraining.retraining_config import (
    CannotRetrain,
    FineTuningConfig,
    LabelledDrawing,
    RetrainingConfig,
)
from ml.training.trainer import TrainingStopped
from ml.training_config import RehearsalKind
from recognizer.models import Split, TrainingRun
from recognizer.snapshots.training_samples import TrainingSample, load_training_samples
from workers.training.lease_renewal_thread import RunLease
from workers.training.progress_reporter import ProgressReporter

torch.set_num_threads(1)  # on two busy cores two threads take ten times as long


def run_retraining(
    run: TrainingRun,
    *,
    folder: Path,
    base: Path | None,
    reporter: ProgressReporter,
    lease: RunLease,
) -> Path | None:
    """Return the folder of the release, or None if the run was cancelled.

    Raises CannotRetrain and LeaseLost.
    """
    items = load_training_samples(run.snapshot, Split.TRAINING) if run.snapshot else []
    reporter.report_phase("preparing", _format_start(run, items))
    request = RetrainingConfig(
        architecture=run.architecture,
        epochs=run.epochs,
        seed=run.seed,
        rehearsal=cast("RehearsalKind", run.rehearsal),
        snapshot_sha256=run.snapshot.sha256 if run.snapshot else "",
        tuning=_build_fine_tuning_config(),
    )
    train = partial(
        retrain,
        request,
        [_to_labelled_drawing(item) for item in items],
        folder=folder,
        base=base,
        on_step=reporter.report_step,
        on_epoch=reporter.report_epoch,
        should_stop=lease.should_stop,
    )
    try:
        return _resume_or_restart(run, train, folder, reporter)
    except TrainingStopped:
        return None


def _resume_or_restart(
    run: TrainingRun, train: Callable[[], Path], folder: Path, reporter: ProgressReporter
) -> Path:
    """Resume from the last epoch, or restart if the training data has changed.

    A checkpoint must not be used after one of its drawings was deleted.
    """
    try:
        return train()
    except CannotRetrain as error:
        if error.code != "checkpoint_mismatch":
            raise
    reporter.log("The training data has changed since the interruption. Training restarts.")
    (folder / CHECKPOINT_FILE).unlink()
    run.epoch = 0
    return train()


def _build_fine_tuning_config() -> FineTuningConfig:
    default = FineTuningConfig()
    fraction = settings.REHEARSAL_SAMPLES_PER_EPOCH / default.rehearsal_images
    return replace(
        default,
        rehearsal_images=settings.REHEARSAL_SAMPLES_PER_EPOCH,
        rehearsal_nondigits=round(default.rehearsal_nondigits * fraction),
    )


def _format_start(run: TrainingRun, items: list[TrainingSample]) -> str:
    if run.epoch:
        return f"Resuming after epoch {run.epoch}."
    num_users = len({item.user_pseudonym for item in items})
    return f"{len(items)} training drawings of {num_users} users, {run.epochs} epochs."


def _to_labelled_drawing(item: TrainingSample) -> LabelledDrawing:
    return LabelledDrawing(
        label=item.label,
        user=item.user_pseudonym,
        strokes=item.strokes,
        raster=item.raster,
        drawing_id=str(item.drawing_id),
    )
