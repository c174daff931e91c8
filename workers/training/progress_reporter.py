"""Progress of a training run: state, points of the loss curve, epochs and log lines."""

from __future__ import annotations

import time
from functools import partial

from ml.retraining.retraining_config import StepReport
from ml.training.epoch_report import EpochReport
from recognizer.models import TrainingRun
from recognizer.training.run_leases import append_event, record_epoch, update_progress
from workers.training.lease_renewal_thread import RunLease

PROGRESS_INTERVAL_S = 1.0
"""Each report is a write. SQLite has one writer, so predictions would wait for more of them."""
CURVE_POINT_INTERVAL_S = 5.0


class ProgressReporter:
    """Reports of the training thread. Only `report_epoch` waits for the database."""

    def __init__(self, run: TrainingRun, lease: RunLease) -> None:
        self._run = run
        self._lease = lease
        self._reported_at = self._point_at = time.monotonic() - CURVE_POINT_INTERVAL_S

    def log(self, text: str) -> None:
        self._lease.enqueue_write(partial(append_event, self._run, "log", text=text))

    def report_phase(self, phase: str, text: str) -> None:
        """Set the phase (preparing, training or evaluating) and add `text` to the log."""
        self.log(text)
        self._lease.enqueue_write(partial(update_progress, self._run, {"phase": phase}))

    def report_step(self, step: StepReport) -> None:
        now = time.monotonic()
        if not step.step or now - self._reported_at < PROGRESS_INTERVAL_S:
            return  # the first step of an epoch has no measurements yet
        self._reported_at = now
        done = step.epoch - 1 + step.step / max(step.steps, 1)
        self._lease.enqueue_write(partial(update_progress, self._run, _build_progress(step, done)))
        if now - self._point_at >= CURVE_POINT_INTERVAL_S:
            self._point_at = now
            point = {"epoch_progress": round(done, 3), "loss": round(step.loss, 5)}
            self._lease.enqueue_write(partial(append_event, self._run, "step", **point))

    def report_epoch(self, report: EpochReport) -> None:
        """Store an epoch that is not stored yet, and wait for the write.

        A resumed run reports an epoch again, because the earlier process may have died before the
        write. Waiting prevents a later epoch from being stored without this one.
        """
        if report.epoch > self._run.epoch:
            record = partial(record_epoch, self._run, report.epoch, _build_epoch_metrics(report))
            self._lease.write(record)
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
