"""What a run tells while it trains: how far it is once a second, a point of its curve every few
seconds, each epoch's figures, lines of its log."""

from __future__ import annotations

import logging
import time

from django.db import InterfaceError, OperationalError, connection

from ml.retraining_request import EpochReport, Step
from recognizer.models import TrainingRun
from recognizer.training.lease import note, note_epoch, note_progress

log = logging.getLogger(__name__)

PROGRESS_EVERY_S = 1.0
"""Each is a write, and SQLite has one writer for all: the site's answers wait for it too."""
POINT_EVERY_S = 5.0


class Teller:
    """For the main thread of the process that trains. All of it raises LeaseLost."""

    def __init__(self, run: TrainingRun) -> None:
        self._run = run
        self._progress_at = self._point_at = time.monotonic() - POINT_EVERY_S

    def log(self, text: str) -> None:
        note(self._run, "log", text=text)

    def tell_phase(self, phase: str, text: str) -> None:
        """`phase` is preparing, training or judging; `text` goes into the log."""
        self.log(text)
        note_progress(self._run, {"phase": phase})

    def tell_step(self, step: Step) -> None:
        """A hint: a database that is away for a moment does not end a run."""
        now = time.monotonic()
        if now - self._progress_at < PROGRESS_EVERY_S:
            return
        self._progress_at = now
        if not step.step:
            return  # nothing is known of this epoch yet
        done = step.epoch - 1 + step.step / max(step.steps, 1)
        try:
            note_progress(self._run, _progress(step, done))
            if now - self._point_at >= POINT_EVERY_S:
                self._point_at = now
                note(self._run, "step", at=round(done, 3), loss=round(step.loss, 5))
        except (OperationalError, InterfaceError) as error:
            log.warning("The progress is not told now: %s", error)
            connection.close()

    def tell_epoch(self, report: EpochReport) -> None:
        """The last one comes again when a run goes on; it may have died before it was told."""
        if report.epoch <= self._run.epoch:
            return
        note_epoch(self._run, report.epoch, _figures(report))
        self._run.epoch = report.epoch


def _progress(step: Step, done: float) -> dict[str, float | str]:
    return {
        "phase": "training",
        "share": round(done / step.epochs, 4),
        "left_s": round(step.left_s, 1),
        "loss": round(step.loss, 5),
        "at": round(done, 3),
    }


def _figures(report: EpochReport) -> dict[str, object]:
    return {
        "loss": round(report.loss, 5),
        "accuracy": report.accuracy,
        "by_digit": report.by_digit,
        "validation": report.validation,
        "rate": report.rate,
        "wall_s": round(report.wall_s, 2),
    }
