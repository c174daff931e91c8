"""Training as a function: data and a configuration in, weights and a log out. Prints nothing, knows
no test set.

Everything random follows from (seed, epoch), so that a run stopped anywhere goes on from its last
epoch as if nothing had happened.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ml.architectures import build
from ml.augment import change_pictures
from ml.pool import Pool, TrainingData, build_pool
from ml.recipe import TrainingConfig as TrainingConfig
from ml.run_state import CannotResume as CannotResume
from ml.run_state import load_state, save_state
from ml.validation import ValidationData, validate


@dataclass(frozen=True, slots=True)
class EpochReport:
    """One line of the log: what was done, how long it took (s), and the figures on validation."""

    epoch: int
    epochs: int
    loss: float
    rate: float
    wall_s: float
    validation: dict[str, float]


@dataclass(slots=True)
class TrainingResult:
    """The averaged weights after the last finished epoch and one report for each epoch."""

    config: TrainingConfig
    weights: dict[str, Tensor]
    reports: list[EpochReport]
    is_finished: bool


def train(
    config: TrainingConfig,
    data: TrainingData,
    validation: ValidationData,
    *,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
    should_stop: Callable[[], bool] = lambda: False,
    checkpoint: Path | None = None,
    device: str | None = None,
    start: Mapping[str, Tensor] | None = None,
) -> TrainingResult:
    """Train to the end, or until `should_stop` says so between two batches; from the weights
    `start`, or from fresh ones.

    With a `checkpoint` path the state is saved there after each epoch, and a run whose file exists
    goes on from it. Raises CannotResume.
    """
    if config.architecture == "fnn":
        from ml.training_by_hand import train_by_hand

        return train_by_hand(
            config,
            data,
            validation,
            on_epoch=on_epoch,
            should_stop=should_stop,
            checkpoint=checkpoint,
            start=start,
        )
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    run = Run(config, torch.device(device), start)
    if checkpoint is not None and checkpoint.exists():
        run.load(checkpoint)
    epochs = config.epochs + config.calm_epochs
    while run.epoch < epochs:
        started = time.perf_counter()
        if run.epoch == config.epochs:
            run.network.load_state_dict(run.averaged.state_dict())
        pool = build_pool(config, data, run.epoch).to(run.device)
        loss = _train_epoch(run, pool, should_stop)
        if loss is None:
            break
        run.epoch += 1
        figures = validate(run.averaged, validation, run.device)
        wall_s = time.perf_counter() - started
        report = EpochReport(run.epoch, epochs, loss, run.rate, wall_s, figures)
        run.reports.append(report)
        if checkpoint is not None:
            run.save(checkpoint)
        on_epoch(report)
    weights = {
        name: value.detach().float().cpu().clone()
        for name, value in run.averaged.state_dict().items()
    }
    return TrainingResult(config, weights, run.reports, is_finished=run.epoch >= epochs)


class Run:
    """What changes while a run goes on, and its way to the disk and back."""

    def __init__(
        self,
        config: TrainingConfig,
        device: torch.device,
        start: Mapping[str, Tensor] | None = None,
    ) -> None:
        torch.manual_seed(config.seed)
        self.config, self.device = config, device
        # On a Zen 5 core bf16 takes 207 µs a picture, float32 312; without AVX-512 it would lose.
        capable = torch.backends.cpu.get_cpu_capability() == "AVX512"
        self.is_bf16 = device.type == "cuda" or capable
        network: Any = build(config.architecture, config.shape)  # torch: no memory_format in types
        if start is not None:
            network.load_state_dict(dict(start))
        self.network: nn.Module = network.to(device, memory_format=torch.channels_last)
        # On a CPU a compiled inknet is no faster (238 µs a picture, 223 as it is).
        is_compiled = device.type == "cuda"
        self.learner: Any = torch.compile(self.network) if is_compiled else self.network
        self.averaged: nn.Module = build(config.architecture, config.shape).to(device)
        self.averaged.load_state_dict(self.network.state_dict())
        self.optimizer = torch.optim.AdamW(
            _group_parameters(self.network, config.weight_decay), lr=config.peak_rate
        )
        self.epoch, self.step, self.rate = 0, 0, 0.0
        self.reports: list[EpochReport] = []

    def set_rate(self, rate: float) -> None:
        self.rate = rate
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def average(self) -> None:
        """Move the average towards the network; faster at first, so that it does not remember the
        start."""
        is_calm = self.epoch >= self.config.epochs
        decay = self.config.calm_ema_decay if is_calm else self.config.ema_decay
        decay = min(decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            pairs = zip(
                self.averaged.state_dict().values(), self.network.state_dict().values(), strict=True
            )
            for mean, value in pairs:
                if mean.is_floating_point():
                    mean.lerp_(value, 1 - decay)
                else:
                    mean.copy_(value)

    def save(self, path: Path) -> None:
        state = {
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "reports": [asdict(report) for report in self.reports],
        }
        save_state(path, self.config, state)

    def load(self, path: Path) -> None:
        state = load_state(path, self.config, self.device)
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.step = state["epoch"], state["step"]
        self.reports = [EpochReport(**report) for report in state["reports"]]


def _train_epoch(run: Run, pool: Pool, should_stop: Callable[[], bool]) -> float | None:
    """Go through the pool once; return the mean loss, or None when told to stop."""
    config, device = run.config, run.device
    seed = config.seed * 100_003 + run.epoch
    torch.manual_seed(seed)  # dropout draws from the global state
    generator = torch.Generator(device).manual_seed(seed)
    order = torch.randperm(len(pool.labels), generator=generator, device=device)
    steps = len(order) // config.batch_size
    run.network.train()
    total = torch.zeros((), device=device)
    for number in range(steps):
        if should_stop():
            return None
        run.set_rate(_rate_at(config, run.epoch + number / steps))
        chosen = order[number * config.batch_size : (number + 1) * config.batch_size]
        total += take_step(run, pool, chosen, generator)
    return float(total) / max(steps, 1)


def take_step(run: Run, pool: Pool, chosen: Tensor, generator: torch.Generator) -> Tensor:
    """Learn from the pictures at the places `chosen` (B,), changed anew; return the loss, a
    scalar."""
    pictures = pool.images[chosen].unsqueeze(1).float().div_(255)
    strength = pool.strength[chosen]
    pictures = change_pictures(pictures, run.config.pictures, strength, generator)
    with torch.autocast(run.device.type, torch.bfloat16, enabled=run.is_bf16):
        logits, _ = run.learner(pictures.contiguous(memory_format=torch.channels_last))
    smoothing = run.config.label_smoothing
    loss = F.cross_entropy(logits.float(), pool.labels[chosen], label_smoothing=smoothing)
    run.optimizer.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    run.optimizer.step()
    run.step += 1
    run.average()
    return loss.detach()


def _rate_at(config: TrainingConfig, epoch: float) -> float:
    """A linear warm-up, then half a cosine to nothing (Loshchilov & Hutter, arXiv:1608.03983); in
    the calm epochs another half cosine."""
    if epoch >= config.epochs:
        done = (epoch - config.epochs) / config.calm_epochs
        return config.calm_rate * 0.5 * (1 + math.cos(math.pi * done))
    if epoch < config.warmup_epochs:
        return config.peak_rate * (epoch + 0.05) / (config.warmup_epochs + 0.05)
    done = (epoch - config.warmup_epochs) / max(config.epochs - config.warmup_epochs, 1e-9)
    return config.peak_rate * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))


def _group_parameters(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Decay matrices and kernels, not biases and normalisations."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    plain = [p for p in network.parameters() if p.ndim <= 1]
    return [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
