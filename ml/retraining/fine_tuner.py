"""A network being retrained: its weights and their running mean, the base network whose answers it
keeps in mind, the optimiser, and all of it to a checkpoint and back."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ml.architectures import ARCHITECTURES, build_architecture, load_training_config
from ml.artifacts.model_card import load_model_card
from ml.artifacts.release_files import load_model
from ml.data.datasets import NOT_A_DIGIT_CLASS
from ml.evaluation.validation import ValidationData
from ml.retraining.retraining_config import CannotRetrain, RetrainingConfig, RetrainingEpochReport
from ml.retraining.weight_interpolation import interpolate_weights, select_alpha

DEFAULT_FINE_TUNING_LR = 1e-3


class FineTuner:
    """What changes while a run goes on. Raises CannotRetrain and CannotLoadRelease."""

    def __init__(self, request: RetrainingConfig, base: Path | None, device: torch.device) -> None:
        self.request, self.device = request, device
        torch.manual_seed(request.seed)
        if base is None:
            network, self.base_sha256 = _build_new_model(request.architecture), ""
        else:
            network, self.base_sha256 = _load_base_model(request.architecture, base)
        self.recipe = load_training_config(request.architecture)
        self.shape: dict[str, Any] = load_model_card(base).get("shape", {}) if base else {}
        self.base = _copy_model(network, request.architecture, self.shape, device) if base else None
        self.ema_model = _copy_model(network, request.architecture, self.shape, device)
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's types do not know it
        with torch.inference_mode():
            logits, _ = self.ema_model(torch.zeros(1, 1, 28, 28, device=device))
        self.has_nondigits = logits.shape[1] > NOT_A_DIGIT_CLASS
        # On a Zen 5 core bf16 takes 207 µs a picture, float32 312; without AVX-512 it would lose.
        capable = torch.backends.cpu.get_cpu_capability() == "AVX512"
        self.is_bf16 = device.type == "cuda" or capable
        self.optimizer = torch.optim.AdamW(
            _build_param_groups(self.network, request.tuning.weight_decay)
        )
        self.epoch, self.step, self.rate = 0, 0, 0.0
        self.way = 1.0  # from the base's weights to the tuned ones
        self.reports: list[RetrainingEpochReport] = []

    def set_lr(self, epoch: float) -> None:
        """A linear warm-up, then half a cosine to nothing (Loshchilov & Hutter,
        arXiv:1608.03983)."""
        tuning = self.request.tuning
        peak = tuning.peak_lr or (DEFAULT_FINE_TUNING_LR if self.base else self.recipe.peak_lr)
        if epoch < tuning.warmup_epochs:
            self.rate = peak * (epoch + 0.05) / (tuning.warmup_epochs + 0.05)
        else:
            whole = max(self.request.epochs - tuning.warmup_epochs, 1e-9)
            done = min((epoch - tuning.warmup_epochs) / whole, 1.0)
            self.rate = peak * 0.5 * (1 + math.cos(math.pi * done))
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate

    def update_ema(self) -> None:
        """Move the mean towards the network; faster at first, so that it does not remember the
        start."""
        decay = min(self.request.tuning.ema_decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            pairs = zip(
                self.ema_model.state_dict().values(),
                self.network.state_dict().values(),
                strict=True,
            )
            for mean, value in pairs:
                if mean.is_floating_point():
                    mean.lerp_(value, 1 - decay)
                else:
                    mean.copy_(value)

    def finish(self, validation: ValidationData) -> dict[str, Tensor]:
        """Return the weights to release: the mean, or with a base a point on the way to it, chosen
        on the base's validation unless the tuning names it."""
        tuned = _copy_weights(self.ema_model)
        if self.base is None:
            return tuned
        base, way = _copy_weights(self.base), self.request.tuning.interpolation
        if way is None:
            network = build_architecture(self.request.architecture, self.shape)
            way = select_alpha(network, base, tuned, validation)
        self.way = way
        return interpolate_weights(base, tuned, way)

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint holds."""
        return {
            "network": self.network.state_dict(),
            "averaged": self.ema_model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "reports": [asdict(report) for report in self.reports],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to what a checkpoint held."""
        self.network.load_state_dict(state["network"])
        self.ema_model.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.step = state["epoch"], state["step"]
        self.reports = [RetrainingEpochReport(**report) for report in state["reports"]]


def _build_new_model(architecture: str) -> nn.Module:
    if architecture not in ARCHITECTURES:
        raise CannotRetrain("unknown_architecture", f"There is no architecture {architecture!r}.")
    return build_architecture(architecture)


def _load_base_model(architecture: str, base: Path) -> tuple[nn.Module, str]:
    card = load_model_card(base)
    if card["architecture"] != architecture:
        raise CannotRetrain(
            "base_model_unusable", f"{card['name']} is of the architecture {card['architecture']}."
        )
    return load_model(base), card["sha256"]


def _copy_model(
    network: nn.Module, architecture: str, shape: dict[str, Any], device: torch.device
) -> nn.Module:
    copy = build_architecture(architecture, shape)
    copy.load_state_dict(network.state_dict())
    return copy.to(device).eval()


def _copy_weights(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}


def _build_param_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Decay matrices and kernels, not biases and normalisations."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    plain = [p for p in network.parameters() if p.ndim <= 1]
    return [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
