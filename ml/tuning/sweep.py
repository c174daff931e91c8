"""Hyperparameter sweep of the mlp on the validation set.

It uses Optuna's tree-structured Parzen estimator and median pruning. The study is a SQLite file, so
that a stopped sweep can continue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from ml.architectures import load_training_config
from ml.architectures.mlp import ACTIVATIONS
from ml.data.datasets import ImageDataset, load_mnist
from ml.data.epoch_dataset import TrainingData
from ml.evaluation.validation_during_training import ValidationData
from ml.training.epoch_report import EpochReport
from ml.training.train_from_scratch import train
from ml.training_config import ArchitectureParams, TrainingConfig
from ml.tuning.sweep_report import save_sweep_report

STUDY_FILE = "study.sqlite3"


class _TrialStopped(Exception):
    """The sweep stopped during a trial. The trial is discarded."""


@dataclass(frozen=True, slots=True)
class SweepConfig:
    """Number of trials, MNIST training images per trial, and search space."""

    architecture: str = "mlp"
    trials: int = 40
    images: int = 12_000
    seed: int = 1
    epochs: tuple[int, int] = (3, 12)
    depth: tuple[int, int] = (2, 6)  # including the output layer
    width: tuple[int, int] = (64, 768)
    weight_decay: tuple[float, float] = (1e-4, 0.5)


def run_sweep(
    config: SweepConfig,
    folder: Path,
    *,
    on_trial: Callable[[FrozenTrial], None] = lambda trial: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Run trials until `config.trials` are finished or pruned, including earlier runs in `folder`.

    Save the report after each trial. Return False if the sweep stopped before.
    """
    folder.mkdir(parents=True, exist_ok=True)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=f"sqlite:///{folder / STUDY_FILE}",
        study_name=config.architecture,
        load_if_exists=True,
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=8, n_warmup_steps=1),
    )
    data, validation = _load_data(config)
    while len(done := list_finished_trials(study)) < config.trials and not should_stop():
        # A seed per trial, so that a continued sweep does not repeat the first samples.
        study.sampler = optuna.samplers.TPESampler(seed=config.seed * 1000 + len(done))
        study.optimize(
            lambda trial: _run_trial(trial, config, data, validation, should_stop),
            n_trials=1,
            catch=(_TrialStopped,),
        )
        if len(list_finished_trials(study)) > len(done):
            save_sweep_report(folder, config.architecture, list_finished_trials(study))
            on_trial(list_finished_trials(study)[-1])
    return len(list_finished_trials(study)) >= config.trials


def list_finished_trials(study: optuna.Study) -> list[FrozenTrial]:
    """Return the completed and pruned trials in order."""
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))


def suggest_config(trial: Trial, config: SweepConfig) -> TrainingConfig:
    """Return the training configuration with the suggestions of a trial."""
    params: ArchitectureParams = {
        "depth": trial.suggest_int("depth", *config.depth),
        "width": trial.suggest_int("width", *config.width, log=True),
        "activation": trial.suggest_categorical("activation", list(ACTIVATIONS)),
    }
    return replace(
        load_training_config(config.architecture),
        shape=params,
        weight_decay=trial.suggest_float("weight_decay", *config.weight_decay, log=True),
        epochs=trial.suggest_int("epochs", *config.epochs),
        seed=config.seed,
        # Few images: a smaller batch gives more steps, a smaller decay a shorter EMA.
        batch_size=128,
        ema_decay=0.99,
    )


def _run_trial(
    trial: Trial,
    config: SweepConfig,
    data: TrainingData,
    validation: ValidationData,
    should_stop: Callable[[], bool],
) -> float:
    """Train a model; return its validation accuracy. Raises TrialPruned or _TrialStopped."""
    is_pruned = False

    def report(epoch: EpochReport) -> None:
        nonlocal is_pruned
        trial.report(epoch.validation["mnist"], epoch.epoch)
        is_pruned = epoch.epoch < epoch.epochs and trial.should_prune()

    result = train(
        suggest_config(trial, config),
        data,
        validation,
        on_epoch=report,
        should_stop=lambda: is_pruned or should_stop(),
        device="cpu",
    )
    if is_pruned:
        raise optuna.TrialPruned
    if not result.is_finished:
        raise _TrialStopped
    return result.reports[-1].validation["mnist"]


def _load_data(config: SweepConfig) -> tuple[TrainingData, ValidationData]:
    training, validation = load_mnist("train"), load_mnist("validation")
    chosen = np.random.default_rng(config.seed).permutation(len(training))[: config.images]
    sample = ImageDataset(
        training.images[chosen], training.labels[chosen], training.writers[chosen]
    )
    sets = {"mnist": (validation.images, validation.labels)}
    return TrainingData(sample, [], []), ValidationData(sets)
