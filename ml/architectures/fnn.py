"""fnn: a network in numpy alone, its forward and backward pass written out. 784 pixels, 100 ReLUs,
10 outputs; 79,510 parameters, 79,400 multiply-adds.

Weights are drawn by Xavier's rule (Glorot & Bengio, 2010), training is plain stochastic gradient
descent with a falling rate. Only `build`, which serves and exports, asks torch for the same layers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ml.config import NO_AUGMENTATION, TrainingConfig

if TYPE_CHECKING:
    from torch import nn

Matrix = npt.NDArray[np.float64]
Params = dict[str, Matrix]
"""The four arrays by their names in the release: hidden.0.weight (100, 784), hidden.0.bias (100,),
head.weight (10, 100), head.bias (10,)."""

NUM_PIXELS, NUM_HIDDEN, NUM_CLASSES = 28 * 28, 100, 10

TRAINING_CONFIG = TrainingConfig(
    architecture="fnn",
    base=("mnist",),
    epochs=30,
    cooldown_epochs=0,
    batch_size=32,
    peak_lr=0.1,
    warmup_epochs=0.0,
    weight_decay=5e-6,  # half its product with the squared weights is added to the loss
    label_smoothing=0.0,
    ema_decay=0.0,
    num_synthetic_nondigits=0,
    num_joined_digits=0,
    pictures=NO_AUGMENTATION,
)

LR_DECAY_PER_EPOCH = 0.1
"""After e epochs the rate is the first one divided by 1 + RATE_FALLS * e."""


def lr_at(config: TrainingConfig, epoch: int) -> float:
    """Return the rate of an epoch, counted from 0."""
    return config.peak_lr / (1 + LR_DECAY_PER_EPOCH * epoch)


def init_weights(rng: np.random.Generator) -> Params:
    """Return fresh weights, normal with the spread sqrt(2 / (in + out)), and biases of 0."""
    return {
        "hidden.0.weight": rng.normal(
            0, np.sqrt(2 / (NUM_PIXELS + NUM_HIDDEN)), (NUM_HIDDEN, NUM_PIXELS)
        ),
        "hidden.0.bias": np.zeros(NUM_HIDDEN),
        "head.weight": rng.normal(
            0, np.sqrt(2 / (NUM_HIDDEN + NUM_CLASSES)), (NUM_CLASSES, NUM_HIDDEN)
        ),
        "head.bias": np.zeros(NUM_CLASSES),
    }


def compute_logits(arrays: Params, pictures: Matrix) -> tuple[Matrix, Matrix]:
    """Return the logits (n, 10) and the hidden layer (n, 100) of pictures (n, 784) in [0, 1]."""
    hidden = np.maximum(pictures @ arrays["hidden.0.weight"].T + arrays["hidden.0.bias"], 0)
    return hidden @ arrays["head.weight"].T + arrays["head.bias"], hidden


def compute_gradients(
    arrays: Params, pictures: Matrix, labels: npt.NDArray[np.int64], decay: float
) -> tuple[float, Params]:
    """Return the loss — mean cross-entropy of the softmax and decay/2 times the squared weights —
    and its gradient for each array."""
    logits, hidden = compute_logits(arrays, pictures)
    logits -= logits.max(axis=1, keepdims=True)
    powers = np.exp(logits)
    sums = powers.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = float((np.log(sums[:, 0]) - logits[rows, labels]).mean())
    at_logits = powers / sums  # the softmax; less 1 at the label it is the gradient
    at_logits[rows, labels] -= 1
    at_logits /= len(labels)
    at_hidden = at_logits @ arrays["head.weight"] * (hidden > 0)
    gradients = {
        "hidden.0.weight": at_hidden.T @ pictures,
        "hidden.0.bias": at_hidden.sum(axis=0),
        "head.weight": at_logits.T @ hidden,
        "head.bias": at_logits.sum(axis=0),
    }
    for name in ("hidden.0.weight", "head.weight"):
        loss += decay / 2 * float(np.square(arrays[name]).sum())
        gradients[name] += decay * arrays[name]
    return loss, gradients


def sgd_step(arrays: Params, gradients: Params, rate: float) -> None:
    """Move each array a step down its gradient, in place."""
    for name, gradient in gradients.items():
        arrays[name] -= rate * gradient


def build() -> nn.Module:
    """Return a torch network of the same layers and names, to take the four arrays."""
    from ml.architectures.mlp import Mlp

    return Mlp(depth=2, width=NUM_HIDDEN, activation="relu")
