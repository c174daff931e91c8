"""Learning-rate schedule, parameter groups and EMA weights, for training and fine-tuning."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from ml.training_config import TrainingConfig


def compute_lr(config: TrainingConfig, epoch: float) -> float:
    """Return the learning rate at a fractional epoch, counted from 0.

    A linear warm-up, then half a cosine to 0 (Loshchilov & Hutter, arXiv:1608.03983). The cooldown
    epochs follow another half cosine.
    """
    if epoch >= config.epochs:
        return _cosine(config.cooldown_lr, (epoch - config.epochs) / config.cooldown_epochs)
    if epoch < config.warmup_epochs:
        return config.peak_lr * (epoch + 0.05) / (config.warmup_epochs + 0.05)
    decay_epochs = max(config.epochs - config.warmup_epochs, 1e-9)
    return _cosine(config.peak_lr, min((epoch - config.warmup_epochs) / decay_epochs, 1.0))


def _cosine(peak: float, fraction: float) -> float:
    return peak * 0.5 * (1 + math.cos(math.pi * fraction))


def build_param_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Return parameter groups that decay matrices and kernels, but not biases and norms."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    return [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


@torch.no_grad()
def update_ema(ema_model: nn.Module, model: nn.Module, decay: float, step: int) -> None:
    """Move the EMA weights and buffers towards the model's; copy integer buffers.

    The decay is at most (1 + step) / (10 + step), so that the initial weights are forgotten.
    """
    decay = min(decay, (1 + step) / (10 + step))
    pairs = zip(ema_model.state_dict().values(), model.state_dict().values(), strict=True)
    for average, value in pairs:
        if average.is_floating_point():
            average.lerp_(value, 1 - decay)
        else:
            average.copy_(value)
