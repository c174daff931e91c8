"""mlp: dense layers alone, of any depth, width and activation. Released: four layers, three of 512
and the output, with leaky ReLU; 932,362 parameters, 0.9 million multiply-adds.

It knows nothing of neighbouring pixels, so that a shifted digit is another digit to it: shifts and
small turns in training are worth more here than for the networks that convolve.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from ml.config import ImageAugmentation, TrainingConfig

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "leaky_relu": nn.LeakyReLU,  # a slope of 0.01 below nothing
}

TRAINING_CONFIG = TrainingConfig(
    architecture="mlp",
    base=("mnist",),
    epochs=40,
    cooldown_epochs=0,
    peak_lr=1.5e-3,
    warmup_epochs=1.0,
    weight_decay=0.05,
    label_smoothing=0.02,
    ema_decay=0.999,
    num_synthetic_nondigits=0,
    num_joined_digits=0,
    pictures=ImageAugmentation(
        rotation=10, shear=0.1, scale=0.1, aspect=0.1, shift=1.5, warp=0.8, thickness=0.3,
        contrast=0.3,
    ),
)  # fmt: skip


class Mlp(nn.Module):
    """Pictures (B, 1, 28, 28) float in [0, 1] to logits (B, 10) and the last hidden layer (B,
    width)."""

    def __init__(self, *, depth: int = 4, width: int = 512, activation: str = "leaky_relu") -> None:
        super().__init__()
        wide_in = 28 * 28
        self.hidden = nn.Sequential()
        for _ in range(depth - 1):
            self.hidden.append(nn.Linear(wide_in, width))
            self.hidden.append(ACTIVATIONS[activation]())
            wide_in = width
        self.head = nn.Linear(wide_in, 10)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and features; see the class."""
        features = self.hidden(pictures.flatten(1))
        return self.head(features), features


def build(*, depth: int = 4, width: int = 512, activation: str = "leaky_relu") -> nn.Module:
    """Return a fresh network, its weights drawn from torch's current random state; `depth` counts
    the output layer."""
    return Mlp(depth=depth, width=width, activation=activation)
