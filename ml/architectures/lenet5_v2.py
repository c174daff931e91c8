"""lenet5_v2: LeNet-5 (LeCun et al., 1998) with pairs of convolutions, batch norm, ReLU and dropout.
390,562 parameters, of which 1,128 are buffers of batch norm; 19.9 million multiply-adds."""

from __future__ import annotations

from dataclasses import replace

import torch.nn.functional as F
from torch import Tensor, nn

from ml.architectures.blocks import conv_block, linear_block, standardize
from ml.training_config import NO_AUGMENTATION, REFERENCE_CONFIG

TRAINING_CONFIG = replace(
    REFERENCE_CONFIG,
    architecture="lenet5_v2",
    epochs=40,
    peak_lr=3e-3,
    warmup_epochs=2.0,
    pictures=replace(NO_AUGMENTATION, rotation=10, scale=0.1, aspect=0.1, shift=2.8),
)


class LeNet5V2(nn.Module):
    """Images (B, 1, 28, 28) in [0, 1], padded to 32x32, to logits (B, 10) and features (B, 84)."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.Sequential(
            *_double_conv_block(1, 32, 5),  # (B, 32, 28, 28), (B, 32, 24, 24), (B, 32, 12, 12)
            *_double_conv_block(32, 64, 3),  # (B, 64, 10, 10), (B, 64, 8, 8), (B, 64, 4, 4)
        )
        self.dense = nn.Sequential(
            *linear_block(1024, 256), *linear_block(256, 128), *linear_block(128, 84)
        )
        self.dropout = nn.Dropout(0.25)
        self.head = nn.Linear(84, 10)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features = self.dense(self.maps(standardize(F.pad(images, (2, 2, 2, 2)))).flatten(1))
        return self.head(self.dropout(features)), features


build = LeNet5V2


def _double_conv_block(in_channels: int, out_channels: int, kernel_size: int) -> list[nn.Module]:
    return [
        nn.Conv2d(in_channels, out_channels, kernel_size),
        nn.ReLU(),
        *conv_block(out_channels, out_channels, kernel_size),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
    ]
