"""A network being retrained: its weights and their running mean, the base network whose answers it
keeps in mind, the optimiser, and all of it to a checkpoint and back."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ml.architectures import ARCHITECTURES, build, find_recipe
from ml.card import read_card
from ml.checkpoint import load_network
from ml.datasets import NOT_A_DIGIT_CLASS
from ml.interpolation import choose_way, interpolate
from ml.retraining_request import CannotRetrain, EpochReport, RetrainingRequest
from ml.validation import ValidationData

RATE_FROM_BASE = 1e-3


class Student:
    """What changes while a run goes on. Raises CannotRetrain and CannotLoadRelease."""

    def __init__(self, request: RetrainingRequest, base: Path | None, device: torch.device) -> None:
        self.request, self.device = request, device
        torch.manual_seed(request.seed)
        if base is None:
            network, self.base_sha256 = _build_fresh(request.architecture), ""
        else:
            network, self.base_sha256 = _load_base(request.architecture, base)
        self.recipe = find_recipe(request.architecture)
        self.shape: dict[str, Any] = read_card(base).get("shape", {}) if base else {}
        self.base = _copy(network, request.architecture, self.shape, device) if base else None
        self.averaged = _copy(network, request.architecture, self.shape, device)
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's types do not know it
        with torch.inference_mode():
            logits, _ = self.averaged(torch.zeros(1, 1, 28, 28, device=device))
        self.has_nondigits = logits.shape[1] > NOT_A_DIGIT_CLASS
        # On a Zen 5 core bf16 takes 207 µs a picture, float32 312; without AVX-512 it would lose.
        capable = torch.backends.cpu.get_cpu_capability() == "AVX512"
        self.is_bf16 = device.type == "cuda" or capable
        self.optimizer = torch.optim.AdamW(_group(self.network, request.tuning.weight_decay))
        self.epoch, self.step, self.rate = 0, 0, 0.0
        self.way = 1.0  # from the base's weights to the tuned ones
        self.reports: list[EpochReport] = []

    def set_rate(self, epoch: float) -> None:
        """A linear warm-up, then half a cosine to nothing (Loshchilov & Hutter,
        arXiv:1608.03983)."""
        tuning = self.request.tuning
        peak = tuning.peak_rate or (RATE_FROM_BASE if self.base else self.recipe.peak_rate)
        if epoch < tuning.warmup_epochs:
            self.rate = peak * (epoch + 0.05) / (tuning.warmup_epochs + 0.05)
        else:
            whole = max(self.request.epochs - tuning.warmup_epochs, 1e-9)
            done = min((epoch - tuning.warmup_epochs) / whole, 1.0)
            self.rate = peak * 0.5 * (1 + math.cos(math.pi * done))
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate

    def average(self) -> None:
        """Move the mean towards the network; faster at first, so that it does not remember the
        start."""
        decay = min(self.request.tuning.ema_decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            pairs = zip(
                self.averaged.state_dict().values(), self.network.state_dict().values(), strict=True
            )
            for mean, value in pairs:
                if mean.is_floating_point():
                    mean.lerp_(value, 1 - decay)
                else:
                    mean.copy_(value)

    def finish(self, validation: ValidationData) -> dict[str, Tensor]:
        """Return the weights to release: the mean, or with a base a point on the way to it, chosen
        on the base's validation unless the tuning names it."""
        tuned = _read_weights(self.averaged)
        if self.base is None:
            return tuned
        base, way = _read_weights(self.base), self.request.tuning.interpolation
        if way is None:
            network = build(self.request.architecture, self.shape)
            way = choose_way(network, base, tuned, validation)
        self.way = way
        return interpolate(base, tuned, way)

    def describe_state(self) -> dict[str, Any]:
        """Return what a checkpoint holds."""
        return {
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "reports": [asdict(report) for report in self.reports],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to what a checkpoint held."""
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.step = state["epoch"], state["step"]
        self.reports = [EpochReport(**report) for report in state["reports"]]


def _build_fresh(architecture: str) -> nn.Module:
    if architecture not in ARCHITECTURES:
        raise CannotRetrain("unknown_architecture", f"There is no architecture {architecture!r}.")
    return build(architecture)


def _load_base(architecture: str, base: Path) -> tuple[nn.Module, str]:
    card = read_card(base)
    if card["architecture"] != architecture:
        raise CannotRetrain(
            "base_model_unusable", f"{card['name']} is of the architecture {card['architecture']}."
        )
    return load_network(base), card["sha256"]


def _copy(
    network: nn.Module, architecture: str, shape: dict[str, Any], device: torch.device
) -> nn.Module:
    copy = build(architecture, shape)
    copy.load_state_dict(network.state_dict())
    return copy.to(device).eval()


def _read_weights(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}


def _group(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Decay matrices and kernels, not biases and normalisations."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    plain = [p for p in network.parameters() if p.ndim <= 1]
    return [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
