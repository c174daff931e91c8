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

from ml.architectures import build_architecture
from ml.config import TrainingConfig as TrainingConfig
from ml.data.augmentation import augment_images
from ml.data.epoch_dataset import EpochDataset, TrainingData, build_epoch_dataset
from ml.evaluation.validation import ValidationData, validate
from ml.training.checkpoint import CannotResume as CannotResume
from ml.training.checkpoint import load_training_state, save_training_state


@dataclass(frozen=True, slots=True)
class TrainingEpochReport:
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
    reports: list[TrainingEpochReport]
    is_finished: bool


def train(
    config: TrainingConfig,
    data: TrainingData,
    validation: ValidationData,
    *,
    on_epoch: Callable[[TrainingEpochReport], None] = lambda report: None,
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
        from ml.training.train_numpy import train_numpy

        return train_numpy(
            config,
            data,
            validation,
            on_epoch=on_epoch,
            should_stop=should_stop,
            checkpoint=checkpoint,
            start=start,
        )
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    run = Trainer(config, torch.device(device), start)
    if checkpoint is not None and checkpoint.exists():
        run.load(checkpoint)
    epochs = config.epochs + config.cooldown_epochs
    while run.epoch < epochs:
        started = time.perf_counter()
        if run.epoch == config.epochs:
            run.network.load_state_dict(run.ema_model.state_dict())
        pool = build_epoch_dataset(config, data, run.epoch).to(run.device)
        loss = _train_one_epoch(run, pool, should_stop)
        if loss is None:
            break
        run.epoch += 1
        figures = validate(run.ema_model, validation, run.device)
        wall_s = time.perf_counter() - started
        report = TrainingEpochReport(run.epoch, epochs, loss, run.rate, wall_s, figures)
        run.reports.append(report)
        if checkpoint is not None:
            run.save(checkpoint)
        on_epoch(report)
    weights = {
        name: value.detach().float().cpu().clone()
        for name, value in run.ema_model.state_dict().items()
    }
    return TrainingResult(config, weights, run.reports, is_finished=run.epoch >= epochs)


class Trainer:
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
        network: Any = build_architecture(
            config.architecture, config.shape
        )  # torch: no memory_format in types
        if start is not None:
            network.load_state_dict(dict(start))
        self.network: nn.Module = network.to(device, memory_format=torch.channels_last)
        # On a CPU a compiled inknet is no faster (238 µs a picture, 223 as it is).
        is_compiled = device.type == "cuda"
        self.compiled_model: Any = torch.compile(self.network) if is_compiled else self.network
        self.ema_model: nn.Module = build_architecture(config.architecture, config.shape).to(device)
        self.ema_model.load_state_dict(self.network.state_dict())
        self.optimizer = torch.optim.AdamW(
            _build_param_groups(self.network, config.weight_decay), lr=config.peak_lr
        )
        self.epoch, self.step, self.rate = 0, 0, 0.0
        self.reports: list[TrainingEpochReport] = []

    def set_lr(self, rate: float) -> None:
        self.rate = rate
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def update_ema(self) -> None:
        """Move the average towards the network; faster at first, so that it does not remember the
        start."""
        is_calm = self.epoch >= self.config.epochs
        decay = self.config.cooldown_ema_decay if is_calm else self.config.ema_decay
        decay = min(decay, (1 + self.step) / (10 + self.step))
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

    def save(self, path: Path) -> None:
        state = {
            "network": self.network.state_dict(),
            "averaged": self.ema_model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "reports": [asdict(report) for report in self.reports],
        }
        save_training_state(path, self.config, state)

    def load(self, path: Path) -> None:
        state = load_training_state(path, self.config, self.device)
        self.network.load_state_dict(state["network"])
        self.ema_model.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.step = state["epoch"], state["step"]
        self.reports = [TrainingEpochReport(**report) for report in state["reports"]]


def _train_one_epoch(
    run: Trainer, pool: EpochDataset, should_stop: Callable[[], bool]
) -> float | None:
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
        run.set_lr(_lr_at(config, run.epoch + number / steps))
        chosen = order[number * config.batch_size : (number + 1) * config.batch_size]
        total += train_step(run, pool, chosen, generator)
    return float(total) / max(steps, 1)


def train_step(
    run: Trainer, pool: EpochDataset, chosen: Tensor, generator: torch.Generator
) -> Tensor:
    """Learn from the pictures at the places `chosen` (B,), changed anew; return the loss, a
    scalar."""
    pictures = pool.images[chosen].unsqueeze(1).float().div_(255)
    strength = pool.strength[chosen]
    pictures = augment_images(pictures, run.config.pictures, strength, generator)
    with torch.autocast(run.device.type, torch.bfloat16, enabled=run.is_bf16):
        logits, _ = run.compiled_model(pictures.contiguous(memory_format=torch.channels_last))
    smoothing = run.config.label_smoothing
    loss = F.cross_entropy(logits.float(), pool.labels[chosen], label_smoothing=smoothing)
    run.optimizer.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    run.optimizer.step()
    run.step += 1
    run.update_ema()
    return loss.detach()


def _lr_at(config: TrainingConfig, epoch: float) -> float:
    """A linear warm-up, then half a cosine to nothing (Loshchilov & Hutter, arXiv:1608.03983); in
    the calm epochs another half cosine."""
    if epoch >= config.epochs:
        done = (epoch - config.epochs) / config.cooldown_epochs
        return config.cooldown_lr * 0.5 * (1 + math.cos(math.pi * done))
    if epoch < config.warmup_epochs:
        return config.peak_lr * (epoch + 0.05) / (config.warmup_epochs + 0.05)
    done = (epoch - config.warmup_epochs) / max(config.epochs - config.warmup_epochs, 1e-9)
    return config.peak_lr * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))


def _build_param_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Decay matrices and kernels, not biases and normalisations."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    plain = [p for p in network.parameters() if p.ndim <= 1]
    return [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
