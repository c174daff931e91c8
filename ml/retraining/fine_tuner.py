"""The trainer of a retraining run, with the base model as the teacher of the distillation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ml.architectures import ARCHITECTURES, build_architecture, load_training_config
from ml.artifacts.model_card import load_model_card
from ml.artifacts.release_storage import load_model
from ml.data.datasets import NOT_A_DIGIT_CLASS
from ml.evaluation.validation_during_training import ValidationData
from ml.retraining.distillation_and_gce_loss import build_soft_targets, compute_gce_weights, distill
from ml.retraining.rehearsal_data import count_rehearsal_images
from ml.retraining.retraining_config import CannotRetrain, RetrainingConfig
from ml.retraining.weight_interpolation import interpolate_weights, select_alpha
from ml.training.trainer import Batch, Trainer
from ml.training_config import ArchitectureParams, TrainingConfig

DEFAULT_FINE_TUNING_LR = 1e-3


class FineTuner(Trainer):
    """Training state from a base release, or from random weights without one.

    Raises CannotRetrain and CannotLoadRelease.
    """

    drop_last = False

    def __init__(self, config: RetrainingConfig, base: Path | None, device: torch.device) -> None:
        if config.architecture not in ARCHITECTURES:
            raise CannotRetrain("unknown_architecture", f"No architecture {config.architecture}.")
        self.retraining_config = config
        self.base_sha256 = ""
        self.teacher: nn.Module | None = None
        self.alpha = 1.0  # from the base weights, 0, to the fine-tuned ones, 1
        shape: ArchitectureParams = {}
        if base is not None:
            card = load_model_card(base)
            if card["architecture"] != config.architecture:
                raise CannotRetrain(
                    "base_model_unusable", f"The base is of architecture {card['architecture']}."
                )
            self.base_sha256, shape = card["sha256"], card["architecture_params"]
            self.teacher = load_model(base).to(device)
        training_config = _build_training_config(config, shape, has_base=base is not None)
        start = None if self.teacher is None else self.teacher.state_dict()
        super().__init__(training_config, device, start)
        with torch.inference_mode():
            logits, _ = self.ema_model(torch.zeros(1, 1, 28, 28, device=device))
        self.has_nondigits = logits.shape[1] > NOT_A_DIGIT_CLASS
        self.rehearsal_counts = count_rehearsal_images(config.tuning, self.has_nondigits)

    def compute_loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the loss, a scalar; logits (B, C) float32. Rehearsal images are the first rows of
        an epoch's data set."""
        tuning = self.retraining_config.tuning
        is_rehearsal = batch.rows < self.rehearsal_counts.total()
        targets = build_soft_targets(batch.labels, logits.shape[1], tuning.label_smoothing)
        if self.teacher is not None and tuning.distillation_weight:
            with torch.inference_mode(), self.autocast():
                teacher_logits, _ = self.teacher(batch.images[is_rehearsal])
            distill(targets, teacher_logits, is_rehearsal, tuning.distillation_weight)
        weights = compute_gce_weights(logits, batch.labels, is_rehearsal, tuning.gce_q)
        return (F.cross_entropy(logits, targets, reduction="none") * weights).mean()

    def compute_final_weights(self, validation: ValidationData) -> dict[str, Tensor]:
        """Return the weights to release: the EMA weights, interpolated with the base's if any.

        `alpha` is selected on the validation data unless the config names it.
        """
        tuned = self.copy_ema_weights()
        if self.teacher is None:
            return tuned
        base = {name: value.cpu() for name, value in self.teacher.state_dict().items()}
        if (alpha := self.retraining_config.tuning.interpolation) is None:
            model = build_architecture(self.config.architecture, self.config.shape)
            alpha = select_alpha(model, base, tuned, validation)
        self.alpha = alpha
        return interpolate_weights(base, tuned, alpha)


def _build_training_config(
    config: RetrainingConfig, shape: ArchitectureParams, *, has_base: bool
) -> TrainingConfig:
    """Return the architecture's config, its augmentation above all, with the values of the run."""
    tuning, usual = config.tuning, load_training_config(config.architecture)
    return replace(
        usual,
        shape=shape,
        epochs=config.epochs,
        cooldown_epochs=0,
        seed=config.seed,
        batch_size=tuning.batch_size,
        peak_lr=tuning.peak_lr or (DEFAULT_FINE_TUNING_LR if has_base else usual.peak_lr),
        warmup_epochs=tuning.warmup_epochs,
        weight_decay=tuning.weight_decay,
        label_smoothing=tuning.label_smoothing,
        ema_decay=tuning.ema_decay,
    )
