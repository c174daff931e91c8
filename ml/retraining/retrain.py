"""Retraining as a function: people's drawings and a base network in, a release folder out.

Everything random follows from (seed, epoch); a run stopped anywhere goes on from its last finished
epoch. Knows no test set.
"""

from __future__ import annotations

import errno
import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from ml.artifacts.model_card import CannotLoadRelease
from ml.artifacts.release_files import CannotExport
from ml.evaluation.validation import ValidationData
from ml.evaluation.validation_report import validate_by_digit
from ml.retraining.distillation import StepReporter, train_one_epoch
from ml.retraining.epoch_sampler import EpochSampler
from ml.retraining.fine_tuner import FineTuner
from ml.retraining.rehearsal import RehearsalData, load_rehearsal_data
from ml.retraining.retrained_release import create_retrained_release
from ml.retraining.retraining_checkpoint import load_checkpoint, save_checkpoint
from ml.retraining.retraining_config import (
    CannotRetrain,
    LabelledDrawing,
    RetrainingCallbacks,
    RetrainingConfig,
    RetrainingEpochReport,
    RetrainingStopped,
    StepReport,
)
from ml.retraining.user_drawings import filter_usable_drawings, split_holdout

__all__ = [
    "CannotRetrain",
    "LabelledDrawing",
    "RetrainingConfig",
    "RetrainingEpochReport",
    "RetrainingStopped",
    "StepReport",
    "retrain",
]

CHECKPOINT_DIR, RELEASE_DIR = "checkpoint", "release"
"""Their folders within a run's."""


def retrain(
    request: RetrainingConfig,
    samples: Sequence[LabelledDrawing],
    *,
    folder: Path,
    base: Path | None = None,
    on_step: Callable[[StepReport], None] = lambda step: None,
    on_epoch: Callable[[RetrainingEpochReport], None] = lambda report: None,
    should_stop: Callable[[], bool] = lambda: False,
    data: RehearsalData | None = None,
) -> Path:
    """Return the folder of the release made; `base` is the release to go on from, None from
    scratch.

    `on_step` is called a few times a second, `on_epoch` after an epoch is saved; a run that goes on
    tells its last finished epoch again. `folder` is this run's alone and stays as it is afterwards.
    Raises CannotRetrain, and RetrainingStopped after `should_stop`.
    """
    listener = RetrainingCallbacks(on_step, on_epoch, should_stop)
    try:
        student = FineTuner(request, base, _select_device())
        course = _build_sampler(request, samples, student, data)
        run = _compute_run_fingerprint(request, samples, student, course.base)
        _run_epochs(student, course, listener, folder / CHECKPOINT_DIR, run)
        create_retrained_release(student, course, folder / RELEASE_DIR)
    except CannotLoadRelease as error:
        raise CannotRetrain("base_model_unusable", str(error)) from error
    except CannotExport as error:
        raise CannotRetrain("export_failed", str(error)) from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise CannotRetrain("disk_full", "The disk is full.") from error
    return folder / RELEASE_DIR


def _build_sampler(
    request: RetrainingConfig,
    samples: Sequence[LabelledDrawing],
    student: FineTuner,
    data: RehearsalData | None,
) -> EpochSampler:
    usable = filter_usable_drawings(samples, has_nondigits=student.has_nondigits)
    holdout_split = split_holdout(usable)
    data = data or load_rehearsal_data(request.rehearsal)
    return EpochSampler(request, holdout_split, data, student.has_nondigits)


def _run_epochs(
    student: FineTuner, course: EpochSampler, listener: RetrainingCallbacks, folder: Path, run: str
) -> None:
    state = load_checkpoint(folder, run)
    if state is not None:
        student.restore(state)
        listener.on_epoch(student.reports[-1])
    validation = course.build_validation_data()
    teaching = StepReporter(listener, time.perf_counter(), student.epoch)
    while student.epoch < course.request.epochs:
        report = _run_epoch(student, course, validation, teaching)
        save_checkpoint(folder, run, student.epoch, student.state_dict())
        listener.on_epoch(report)


def _run_epoch(
    student: FineTuner, course: EpochSampler, validation: ValidationData, teaching: StepReporter
) -> RetrainingEpochReport:
    started = time.perf_counter()
    pictures, rehearsed = course.prepare(student.epoch)
    loss = train_one_epoch(student, pictures, rehearsed, teaching)
    student.epoch += 1
    found = validate_by_digit(student.ema_model, validation, student.device)
    report = RetrainingEpochReport(
        epoch=student.epoch,
        epochs=course.request.epochs,
        loss=loss,
        accuracy=found.accuracy,
        by_digit=found.by_digit,
        validation=found.sets,
        rate=student.rate,
        wall_s=time.perf_counter() - started,
    )
    student.reports.append(report)
    return report


def _compute_run_fingerprint(
    request: RetrainingConfig,
    samples: Sequence[LabelledDrawing],
    student: FineTuner,
    data: RehearsalData,
) -> str:
    """Return what a checkpoint must agree on to be this run's: one that has learnt from a drawing
    which may not be used any more is not."""
    digest = hashlib.sha256(f"{request} {student.base_sha256} {data.kind}".encode())
    for sample in samples:
        digest.update(f"{sample.drawing_id} {sample.person} {sample.label} ".encode())
    return digest.hexdigest()


def _select_device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
