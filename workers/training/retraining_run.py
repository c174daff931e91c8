"""From a run's row to a release folder: its drawings read, `ml.retraining.retrain` asked."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import torch
from django.conf import settings

from ml.retraining.retrain import (
    CHECKPOINT_DIR,
    CannotRetrain,
    LabelledDrawing,
    RetrainingConfig,
    RetrainingStopped,
    retrain,
)
from ml.retraining.retraining_config import FineTuningConfig, RehearsalKind
from recognizer.models import Split, TrainingRun
from recognizer.snapshots.queries import TrainingSample, load_training_samples
from workers.training.progress_reporter import ProgressReporter
from workers.training.run_lease import RunLease

torch.set_num_threads(1)  # two threads on two busy cores take ten times as long


def run_retraining(
    run: TrainingRun,
    *,
    folder: Path,
    base: Path | None,
    teller: ProgressReporter,
    tenancy: RunLease,
) -> Path | None:
    """The release's folder; None when the run was cancelled. Raises CannotRetrain and LeaseLost."""
    items = load_training_samples(run.snapshot, Split.TRAINING) if run.snapshot else []
    teller.report_phase("preparing", _format_start(run, items))
    request = RetrainingConfig(
        architecture=run.architecture,
        epochs=run.epochs,
        seed=run.seed,
        rehearsal=cast("RehearsalKind", run.rehearsal),
        snapshot_sha256=run.snapshot.sha256 if run.snapshot else "",
        tuning=_build_fine_tuning_config(),
    )
    teach = partial(
        retrain,
        request,
        [_to_labelled_drawing(item) for item in items],
        folder=folder,
        base=base,
        on_step=teller.report_step,
        on_epoch=teller.report_epoch,
        should_stop=tenancy.should_stop,
    )
    try:
        return _resume_or_restart(run, teach, folder, teller)
    except RetrainingStopped:
        return None


def _resume_or_restart(
    run: TrainingRun, teach: Callable[[], Path], folder: Path, teller: ProgressReporter
) -> Path:
    """From the last epoch; anew when somebody has taken a drawing away since it was cut off, for
    what was saved has learnt from that."""
    try:
        return teach()
    except CannotRetrain as error:
        if error.code != "checkpoint_mismatch":
            raise
    teller.log("What it learns from has changed since it was cut off: it begins anew.")
    shutil.rmtree(folder / CHECKPOINT_DIR)
    run.epoch = 0
    return teach()


def _build_fine_tuning_config() -> FineTuningConfig:
    usual = FineTuningConfig()
    share = settings.REHEARSAL_SAMPLES_PER_EPOCH / usual.rehearsed
    return replace(
        usual,
        rehearsed=settings.REHEARSAL_SAMPLES_PER_EPOCH,
        rehearsal_nondigits=round(usual.rehearsal_nondigits * share),
    )


def _format_start(run: TrainingRun, items: list[TrainingSample]) -> str:
    if run.epoch:
        return f"Going on after round {run.epoch}."
    people = len({item.user_pseudonym for item in items})
    return f"{len(items)} drawings of {people} people, {run.epochs} rounds."


def _to_labelled_drawing(item: TrainingSample) -> LabelledDrawing:
    return LabelledDrawing(
        label=item.label,
        person=item.user_pseudonym,
        strokes=item.strokes,
        raster=item.raster,
        drawing_id=str(item.drawing_id),
    )
