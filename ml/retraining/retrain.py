"""Retraining: labelled user drawings and a base release in, a new release out.

All randomness follows from (seed, epoch); a stopped run resumes after its last finished epoch. No
test set is read.
"""

from __future__ import annotations

import errno
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from ml.artifacts.model_card import CannotLoadRelease
from ml.artifacts.onnx_export import CannotExport
from ml.inference.predictor import select_device
from ml.retraining.fine_tuner import FineTuner
from ml.retraining.rehearsal_data import RehearsalData, load_rehearsal_data
from ml.retraining.retrained_release import create_retrained_release
from ml.retraining.retraining_config import (
    CannotRetrain,
    LabelledDrawing,
    RetrainingConfig,
    StepReport,
)
from ml.retraining.user_and_rehearsal_mix import EpochSampler
from ml.retraining.user_drawing_holdout_and_rendering import filter_usable_drawings, split_holdout
from ml.training.checkpoint import CannotResume, compute_run_id, load_checkpoint, save_checkpoint
from ml.training.epoch_report import EpochReport
from ml.training.train_from_scratch import train_epochs

CHECKPOINT_FILE, RELEASE_DIR = "checkpoint.pt", "release"
"""In the folder of a run."""

STEP_REPORT_INTERVAL_S = 0.3


def retrain(
    config: RetrainingConfig,
    drawings: Sequence[LabelledDrawing],
    *,
    folder: Path,
    base: Path | None = None,
    on_step: Callable[[StepReport], None] = lambda report: None,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
    should_stop: Callable[[], bool] = lambda: False,
    data: RehearsalData | None = None,
) -> Path:
    """Train and return the folder of the new release. `base` is the release to start from; without
    it the weights are random.

    `on_step` is called a few times a second, `on_epoch` after an epoch is saved. A resumed run
    reports its last finished epoch again. `folder` belongs to this run and keeps its checkpoint.

    Raises CannotRetrain, and TrainingStopped after `should_stop` returned True.
    """
    try:
        trainer = FineTuner(config, base, torch.device(select_device()))
        usable = filter_usable_drawings(drawings, has_nondigits=trainer.has_nondigits)
        data = data or load_rehearsal_data(config.rehearsal)
        sampler = EpochSampler(config, split_holdout(usable), data, trainer.rehearsal_counts)
        checkpoint, run_id = folder / CHECKPOINT_FILE, _compute_run_id(trainer, data, drawings)
        if state := load_checkpoint(checkpoint, run_id):
            trainer.load_state_dict(state)
            on_epoch(trainer.reports[-1])
        for report in train_epochs(
            trainer,
            sampler.build_dataset,
            sampler.build_validation_data(),
            should_stop=should_stop,
            on_batch=_StepReporter(trainer, on_step),
        ):
            save_checkpoint(checkpoint, run_id, trainer.state_dict())
            on_epoch(report)
        create_retrained_release(trainer, sampler, folder / RELEASE_DIR)
    except CannotResume as error:
        raise CannotRetrain(error.code, str(error)) from error
    except CannotLoadRelease as error:
        raise CannotRetrain("base_model_unusable", str(error)) from error
    except CannotExport as error:
        raise CannotRetrain("export_failed", str(error)) from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise CannotRetrain("disk_full", "The disk is full.") from error
    return folder / RELEASE_DIR


class _StepReporter:
    """A BatchCallback that reports progress with the remaining time at the pace since its start."""

    def __init__(self, trainer: FineTuner, on_step: Callable[[StepReport], None]) -> None:
        self._trainer, self._on_step = trainer, on_step
        self._first_epoch, self._started_at = trainer.epoch, time.perf_counter()
        self._reported_at = 0.0

    def __call__(self, done: int, num_batches: int, mean_loss: Tensor) -> None:
        """Raises CannotRetrain if the loss is not finite."""
        epoch, epochs, loss = self._trainer.epoch, self._trainer.config.epochs, float(mean_loss)
        if not math.isfinite(loss):
            raise CannotRetrain("diverged", f"The loss is {loss} in epoch {epoch + 1}.")
        now = time.perf_counter()
        if now - self._reported_at < STEP_REPORT_INTERVAL_S and done < num_batches:
            return
        self._reported_at = now
        progress = epoch + done / num_batches - self._first_epoch
        remaining = epochs - self._first_epoch - progress
        remaining_s = (now - self._started_at) * remaining / progress if progress else 0.0
        self._on_step(StepReport(epoch + 1, epochs, done, num_batches, loss, round(remaining_s, 1)))


def _compute_run_id(
    trainer: FineTuner, data: RehearsalData, drawings: Sequence[LabelledDrawing]
) -> str:
    """Return the data that identifies the run. It depends on every drawing: a checkpoint must not
    be used once a drawing that it was trained on has been erased."""
    config = replace(trainer.retraining_config, note="", snapshot_sha256="")
    rows = (f"{drawing.drawing_id} {drawing.user} {drawing.label}" for drawing in drawings)
    return compute_run_id(config, trainer.base_sha256, data.kind, *rows)
