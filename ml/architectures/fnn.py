"""fnn: a network in numpy with hand-written forward and backward passes: 784 pixels, 100 ReLUs, 10
outputs. 79,510 parameters, 79,400 multiply-adds.

Xavier initialization (Glorot & Bengio, 2010), stochastic gradient descent with a decaying learning
rate. Only `build`, for inference and export, uses torch.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ml.preprocessing.array_types import Labels
from ml.training_config import REFERENCE_CONFIG, TrainingConfig

if TYPE_CHECKING:
    from torch import nn

Matrix = npt.NDArray[np.float64]
Params = dict[str, Matrix]
"""The weights by their names in the release: hidden.0.weight (100, 784), hidden.0.bias (100,),
head.weight (10, 100), head.bias (10,)."""

NUM_PIXELS, NUM_HIDDEN, NUM_CLASSES = 28 * 28, 100, 10

TRAINING_CONFIG = replace(
    REFERENCE_CONFIG,
    architecture="fnn",
    epochs=30,
    batch_size=32,
    peak_lr=0.1,
    warmup_epochs=0.0,
    weight_decay=5e-6,
    label_smoothing=0.0,
    ema_decay=0.0,
)

LR_DECAY_PER_EPOCH = 0.1


def lr_at(config: TrainingConfig, epoch: int) -> float:
    """Return the learning rate of an epoch, counted from 0: peak_lr / (1 + LR_DECAY * epoch)."""
    return config.peak_lr / (1 + LR_DECAY_PER_EPOCH * epoch)


def init_weights(rng: np.random.Generator) -> Params:
    """Return weights from a normal distribution of variance 2 / (in + out), and zero biases."""
    params: Params = {}
    for name, size_in, size_out in (
        ("hidden.0", NUM_PIXELS, NUM_HIDDEN),
        ("head", NUM_HIDDEN, NUM_CLASSES),
    ):
        std = np.sqrt(2 / (size_in + size_out))
        params[f"{name}.weight"] = rng.normal(0, std, (size_out, size_in))
        params[f"{name}.bias"] = np.zeros(size_out)
    return params


def compute_logits(params: Params, images: Matrix) -> tuple[Matrix, Matrix]:
    """Return logits (n, 10) and hidden activations (n, 100) of images (n, 784) in [0, 1]."""
    hidden = np.maximum(images @ params["hidden.0.weight"].T + params["hidden.0.bias"], 0)
    return hidden @ params["head.weight"].T + params["head.bias"], hidden


def compute_gradients(
    params: Params, images: Matrix, labels: Labels, weight_decay: float
) -> tuple[float, Params]:
    """Return the loss and its gradients. The loss is the mean cross-entropy plus weight_decay / 2
    times the squared weights."""
    logits, hidden = compute_logits(params, images)
    logits -= logits.max(axis=1, keepdims=True)
    exponentials = np.exp(logits)
    sums = exponentials.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = float((np.log(sums[:, 0]) - logits[rows, labels]).mean())
    grad_logits = exponentials / sums  # softmax minus one-hot labels
    grad_logits[rows, labels] -= 1
    grad_logits /= len(labels)
    grad_hidden = grad_logits @ params["head.weight"] * (hidden > 0)
    gradients = {
        "hidden.0.weight": grad_hidden.T @ images,
        "hidden.0.bias": grad_hidden.sum(axis=0),
        "head.weight": grad_logits.T @ hidden,
        "head.bias": grad_logits.sum(axis=0),
    }
    for name in ("hidden.0.weight", "head.weight"):
        loss += weight_decay / 2 * float(np.square(params[name]).sum())
        gradients[name] += weight_decay * params[name]
    return loss, gradients


def sgd_step(params: Params, gradients: Params, lr: float) -> None:
    """Update the weights in place."""
    for name, gradient in gradients.items():
        params[name] -= lr * gradient


def build() -> nn.Module:
    """Return a torch model with the same layers and parameter names."""
    from ml.architectures.mlp import Mlp

    return Mlp(depth=2, width=NUM_HIDDEN, activation="relu")
