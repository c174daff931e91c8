"""What a run tells while it trains: how far it is once a second, a point of its curve every few
seconds, each epoch's figures, lines of its log."""

from __future__ import annotations

import time
from functools import partial

from ml.retraining.retraining_config import StepReport
from ml.training.epoch_report import EpochReport
from recognizer.models import TrainingRun
from recognizer.training.lease import append_event, record_epoch, update_progress
from workers.training.run_lease import RunLease

PROGRESS_INTERVAL_S = 1.0
"""Each is a write, and SQLite has one writer for all: the site's answers wait for it too."""
CURVE_POINT_INTERVAL_S = 5.0


class ProgressReporter:
    """For the main thread of the process that trains, which waits for none of it."""

    def __init__(self, run: TrainingRun, tenancy: RunLease) -> None:
        self._run = run
        self._tenancy = tenancy
        self._progress_at = self._point_at = time.monotonic() - CURVE_POINT_INTERVAL_S

    def log(self, text: str) -> None:
        self._tenancy.later(partial(append_event, self._run, "log", text=text))

    def report_phase(self, phase: str, text: str) -> None:
        """`phase` is preparing, training or judging; `text` goes into the log."""
        self.log(text)
        self._tenancy.later(partial(update_progress, self._run, {"phase": phase}))

    def report_step(self, step: StepReport) -> None:
        now = time.monotonic()
        if not step.step or now - self._progress_at < PROGRESS_INTERVAL_S:
            return  # of an epoch's first step nothing is known yet
        self._progress_at = now
        done = step.epoch - 1 + step.step / max(step.steps, 1)
        self._tenancy.later(partial(update_progress, self._run, _build_progress(step, done)))
        if now - self._point_at >= CURVE_POINT_INTERVAL_S:
            self._point_at = now
            point = {"epoch_progress": round(done, 3), "loss": round(step.loss, 5)}
            self._tenancy.later(partial(append_event, self._run, "step", **point))

    def report_epoch(self, report: EpochReport) -> None:
        """It comes again when a run goes on; whoever trained before may have died before it was
        told. Waits, so that a later one cannot be stored without this one."""
        if report.epoch > self._run.epoch:
            told = partial(record_epoch, self._run, report.epoch, _build_epoch_metrics(report))
            self._tenancy.change(told)
            self._run.epoch = report.epoch


def _build_progress(step: StepReport, done: float) -> dict[str, float | str]:
    return {
        "phase": "training",
        "fraction": round(done / step.epochs, 4),
        "remaining_s": round(step.remaining_s, 1),
        "loss": round(step.loss, 5),
        "epoch_progress": round(done, 3),
    }


def _build_epoch_metrics(report: EpochReport) -> dict[str, object]:
    return {
        "loss": round(report.loss, 5),
        "accuracy": report.accuracy,
        "by_digit": report.by_digit,
        "validation": report.validation,
        "lr": report.lr,
        "wall_s": round(report.wall_s, 2),
    }
