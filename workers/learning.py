"""From a run's row to a release folder: its drawings read, `ml.retraining` asked."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import torch
from django.conf import settings

from ml.retraining import (
    CHECKPOINT,
    CannotRetrain,
    RetrainingRequest,
    RetrainingStopped,
    Sample,
    retrain,
)
from ml.retraining_request import Rehearsal, Tuning
from recognizer.models import Split, TrainingRun
from recognizer.snapshots import TrainingSample, read_items
from workers.telling import Teller
from workers.tenancy import Tenancy

torch.set_num_threads(1)  # two threads on two busy cores take ten times as long


def learn(
    run: TrainingRun, *, folder: Path, base: Path | None, teller: Teller, tenancy: Tenancy
) -> Path | None:
    """The release's folder; None when the run was cancelled. Raises CannotRetrain and LeaseLost."""
    items = read_items(run.snapshot, Split.TRAINING) if run.snapshot else []
    teller.tell_phase("preparing", _describe(run, items))
    request = RetrainingRequest(
        architecture=run.architecture,
        epochs=run.epochs,
        seed=run.seed,
        rehearsal=cast("Rehearsal", run.rehearsal),
        snapshot_sha256=run.snapshot.sha256 if run.snapshot else "",
        tuning=_tuning(),
    )
    teach = partial(
        retrain,
        request,
        [_sample(item) for item in items],
        folder=folder,
        base=base,
        on_step=teller.tell_step,
        on_epoch=teller.tell_epoch,
        should_stop=tenancy.should_stop,
    )
    try:
        return _go_on(run, teach, folder, teller)
    except RetrainingStopped:
        return None


def _go_on(run: TrainingRun, teach: Callable[[], Path], folder: Path, teller: Teller) -> Path:
    """From the last epoch; anew when somebody has taken a drawing away since it was cut off, for
    what was saved has learnt from that."""
    try:
        return teach()
    except CannotRetrain as error:
        if error.code != "checkpoint_mismatch":
            raise
    teller.log("What it learns from has changed since it was cut off: it begins anew.")
    shutil.rmtree(folder / CHECKPOINT)
    run.epoch = 0
    return teach()


def _tuning() -> Tuning:
    usual = Tuning()
    share = settings.TRAINING_REHEARSED / usual.rehearsed
    return replace(
        usual,
        rehearsed=settings.TRAINING_REHEARSED,
        nondigits_rehearsed=round(usual.nondigits_rehearsed * share),
    )


def _describe(run: TrainingRun, items: list[TrainingSample]) -> str:
    if run.epoch:
        return f"Going on after round {run.epoch}."
    people = len({item.person for item in items})
    return f"{len(items)} drawings of {people} people, {run.epochs} rounds."


def _sample(item: TrainingSample) -> Sample:
    return Sample(
        label=item.label,
        person=item.person,
        strokes=item.strokes,
        raster=item.raster,
        drawing_id=str(item.drawing_id),
    )
