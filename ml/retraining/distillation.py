"""One epoch of retraining: changed pictures in batches, the base network's answers mixed into what
is rehearsed."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ml.data.augmentation import augment_images
from ml.retraining.fine_tuner import FineTuner
from ml.retraining.rehearsal import ImageBatch
from ml.retraining.retraining_config import (
    CannotRetrain,
    RetrainingCallbacks,
    RetrainingStopped,
    StepReport,
)

PROGRESS_INTERVAL_S = 0.3


@dataclass(slots=True)
class StepReporter:
    """One sitting: who listens to it, since when (s) it lasts and with which epoch it began."""

    listener: RetrainingCallbacks
    started_at: float
    first_epoch: int
    reported_at: float = 0.0

    def tell(self, student: FineTuner, step: int, steps: int, loss: float) -> None:
        """Report a few times a second, with the time left at the pace so far. Raises
        RetrainingStopped."""
        if self.listener.should_stop():
            raise RetrainingStopped
        now = time.perf_counter()
        if now - self.reported_at < PROGRESS_INTERVAL_S and step < steps:
            return
        self.reported_at = now
        epochs = student.request.epochs
        done = student.epoch + step / steps - self.first_epoch
        whole = epochs - self.first_epoch
        left_s = (now - self.started_at) * (whole - done) / done if done else 0.0
        self.listener.on_step(
            StepReport(student.epoch + 1, epochs, step, steps, loss, round(left_s, 1))
        )


def train_one_epoch(
    student: FineTuner, pictures: ImageBatch, rehearsed: int, teaching: StepReporter
) -> float:
    """Show each picture once, the first `rehearsed` of which are base data; return the mean loss.

    Raises CannotRetrain when the loss is no number any more.
    """
    tuning, device = student.request.tuning, student.device
    seed = student.request.seed * 100_003 + student.epoch
    torch.manual_seed(seed)  # dropout draws from the global state
    generator = torch.Generator(device).manual_seed(seed)
    order = torch.randperm(len(pictures.labels), generator=generator, device=device)
    images = torch.from_numpy(pictures.images).to(device)
    labels = torch.from_numpy(pictures.labels).to(device)
    strength = torch.from_numpy(pictures.strength).to(device)
    batches = order.tensor_split(max(round(len(order) / tuning.batch_size), 1))
    student.network.train()
    total, shown = 0.0, 0
    for number, chosen in enumerate(batches):
        mean = total / max(shown, 1)
        teaching.tell(student, number, len(batches), mean)
        batch = images[chosen].unsqueeze(1).float().div_(255)
        batch = augment_images(batch, student.recipe.pictures, strength[chosen], generator)
        student.set_lr(student.epoch + number / len(batches))
        loss = _train_step(student, batch, labels[chosen], chosen < rehearsed)
        if not math.isfinite(loss):
            raise CannotRetrain("diverged", f"The loss is {loss} in epoch {student.epoch + 1}.")
        total += loss * len(chosen)
        shown += len(chosen)
    teaching.tell(student, len(batches), len(batches), total / shown)
    return total / shown


def _train_step(student: FineTuner, batch: Tensor, labels: Tensor, is_rehearsed: Tensor) -> float:
    with torch.autocast(student.device.type, torch.bfloat16, enabled=student.is_bf16):
        logits, _ = student.network(batch.contiguous(memory_format=torch.channels_last))
    targets = _compute_distillation_targets(student, batch, labels, is_rehearsed, logits.shape[1])
    losses = F.cross_entropy(logits.float(), targets, reduction="none")
    loss = (losses * _compute_gce_weights(student, logits, labels, is_rehearsed)).mean()
    student.optimizer.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    student.optimizer.step()
    student.step += 1
    student.update_ema()
    return float(loss.detach())


def _compute_gce_weights(
    student: FineTuner, logits: Tensor, labels: Tensor, is_rehearsed: Tensor
) -> Tensor:
    """Return how much each picture counts (B,): a person's drawing less, the less the network
    believes its label, so that a wrong one is not learnt by heart. To the power 0 all count alike.
    The gradient is that of the generalised cross-entropy (Zhang & Sabuncu, arXiv:1805.07836)."""
    believed = logits.detach().float().softmax(1).gather(1, labels[:, None])[:, 0]
    return torch.where(is_rehearsed, 1.0, believed**student.request.tuning.gce_q)


def _compute_distillation_targets(
    student: FineTuner, batch: Tensor, labels: Tensor, is_rehearsed: Tensor, classes: int
) -> Tensor:
    """Return the targets (B, classes): smoothed labels, and what the base network says to the same
    changed picture mixed into the rehearsed ones (learning without forgetting,
    arXiv:1606.09282)."""
    tuning = student.request.tuning
    smooth = tuning.label_smoothing
    targets = F.one_hot(labels, classes).float() * (1 - smooth) + smooth / classes
    if student.base is None or not tuning.distillation_weight:
        return targets
    with (
        torch.inference_mode(),
        torch.autocast(student.device.type, torch.bfloat16, enabled=student.is_bf16),
    ):
        answers, _ = student.base(batch[is_rehearsed])
    soft = answers.float().softmax(1)
    targets[is_rehearsed] = torch.lerp(targets[is_rehearsed], soft, tuning.distillation_weight)
    return targets
