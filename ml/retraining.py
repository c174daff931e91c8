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

from ml.card import CannotLoadRelease
from ml.checkpoint import CannotExport
from ml.course import Course
from ml.examination import examine
from ml.lesson import Teaching, teach
from ml.rehearsal import BaseData, load_base_data
from ml.resumption import load_checkpoint, save_checkpoint
from ml.retrained import release_retrained
from ml.retraining_request import (
    CannotRetrain,
    EpochReport,
    Listener,
    RetrainingRequest,
    RetrainingStopped,
    Sample,
    Step,
)
from ml.samples import check_samples, keep_aside
from ml.student import Student
from ml.validation import ValidationData

__all__ = [
    "CannotRetrain",
    "EpochReport",
    "RetrainingRequest",
    "RetrainingStopped",
    "Sample",
    "Step",
    "retrain",
]

CHECKPOINT, RELEASE = "checkpoint", "release"
"""Their folders within a run's."""


def retrain(
    request: RetrainingRequest,
    samples: Sequence[Sample],
    *,
    folder: Path,
    base: Path | None = None,
    on_step: Callable[[Step], None] = lambda step: None,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
    should_stop: Callable[[], bool] = lambda: False,
    data: BaseData | None = None,
) -> Path:
    """Return the folder of the release made; `base` is the release to go on from, None from
    scratch.

    `on_step` is called a few times a second, `on_epoch` after an epoch is saved; a run that goes on
    tells its last finished epoch again. `folder` is this run's alone and stays as it is afterwards.
    Raises CannotRetrain, and RetrainingStopped after `should_stop`.
    """
    listener = Listener(on_step, on_epoch, should_stop)
    try:
        student = Student(request, base, _choose_device())
        course = _plan(request, samples, student, data)
        run = _fingerprint(request, samples, student, course.base)
        _study(student, course, listener, folder / CHECKPOINT, run)
        release_retrained(student, course, folder / RELEASE)
    except CannotLoadRelease as error:
        raise CannotRetrain("base_model_unusable", str(error)) from error
    except CannotExport as error:
        raise CannotRetrain("export_failed", str(error)) from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise CannotRetrain("disk_full", "The disk is full.") from error
    return folder / RELEASE


def _plan(
    request: RetrainingRequest, samples: Sequence[Sample], student: Student, data: BaseData | None
) -> Course:
    usable = check_samples(samples, has_nondigits=student.has_nondigits)
    parted = keep_aside(usable)
    data = data or load_base_data(request.rehearsal)
    return Course(request, parted, data, student.has_nondigits)


def _study(student: Student, course: Course, listener: Listener, folder: Path, run: str) -> None:
    state = load_checkpoint(folder, run)
    if state is not None:
        student.restore(state)
        listener.on_epoch(student.reports[-1])
    validation = course.find_validation()
    teaching = Teaching(listener, time.perf_counter(), student.epoch)
    while student.epoch < course.request.epochs:
        report = _take_epoch(student, course, validation, teaching)
        save_checkpoint(folder, run, student.epoch, student.describe_state())
        listener.on_epoch(report)


def _take_epoch(
    student: Student, course: Course, validation: ValidationData, teaching: Teaching
) -> EpochReport:
    started = time.perf_counter()
    pictures, rehearsed = course.prepare(student.epoch)
    loss = teach(student, pictures, rehearsed, teaching)
    student.epoch += 1
    found = examine(student.averaged, validation, student.device)
    report = EpochReport(
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


def _fingerprint(
    request: RetrainingRequest, samples: Sequence[Sample], student: Student, data: BaseData
) -> str:
    """Return what a checkpoint must agree on to be this run's: one that has learnt from a drawing
    which may not be used any more is not."""
    digest = hashlib.sha256(f"{request} {student.base_sha256} {data.kind}".encode())
    for sample in samples:
        digest.update(f"{sample.drawing_id} {sample.person} {sample.label} ".encode())
    return digest.hexdigest()


def _choose_device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
