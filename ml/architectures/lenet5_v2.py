"""lenet5_v2: LeNet-5 (LeCun et al., 1998) with what came after it — pairs of convolutions, batch
normalisation, ReLU, dropout. 390,562 parameters, 1,128 of them (running means and variances) not
trained; 19.9 million multiply-adds. The picture is padded to 32x32 and standardised.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ml.config import ImageAugmentation, TrainingConfig

PIXEL_MEAN = 0.1307
PIXEL_STD = 0.3081

TRAINING_CONFIG = TrainingConfig(
    architecture="lenet5_v2",
    base=("mnist",),
    epochs=40,
    cooldown_epochs=0,
    peak_lr=3e-3,
    warmup_epochs=2.0,
    weight_decay=0.03,
    label_smoothing=0.05,
    ema_decay=0.999,
    num_synthetic_nondigits=0,
    num_joined_digits=0,
    pictures=ImageAugmentation(
        rotation=10, shear=0, scale=0.1, aspect=0.1, shift=2.8, warp=0, thickness=0, contrast=0
    ),
)


class LeNet5V2(nn.Module):
    """Pictures (B, 1, 28, 28) float in [0, 1] to logits (B, 10) and features (B, 84)."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.Sequential(
            *_double_conv_block(1, 32, 5),  # (B, 32, 28, 28), (B, 32, 24, 24), (B, 32, 12, 12)
            *_double_conv_block(32, 64, 3),  # (B, 64, 10, 10), (B, 64, 8, 8), (B, 64, 4, 4)
        )
        self.dense = nn.Sequential(
            *_dense_block(1024, 256), *_dense_block(256, 128), *_dense_block(128, 84)
        )
        self.dropout = nn.Dropout(0.25)
        self.head = nn.Linear(84, 10)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and features; see the class."""
        x = (F.pad(pictures, (2, 2, 2, 2)) - PIXEL_MEAN) / PIXEL_STD  # (B, 1, 32, 32)
        features = self.dense(self.maps(x).flatten(1))
        return self.head(self.dropout(features)), features


def build() -> nn.Module:
    """Return a fresh network, its weights drawn from torch's current random state."""
    return LeNet5V2()


def _double_conv_block(wide_in: int, wide_out: int, size: int) -> list[nn.Module]:
    return [
        nn.Conv2d(wide_in, wide_out, size),
        nn.ReLU(),
        nn.Conv2d(wide_out, wide_out, size, bias=False),
        nn.BatchNorm2d(wide_out),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
    ]


def _dense_block(wide_in: int, wide_out: int) -> list[nn.Module]:
    return [nn.Linear(wide_in, wide_out, bias=False), nn.BatchNorm1d(wide_out), nn.ReLU()]
