"""inknet: the default architecture, eight 3x3 convolutions with batch norm. 238,843 parameters,
7.9 million multiply-adds.

Residual connections (He et al., arXiv:1512.03385) at 14x14 and at 7x7. The last 3x3 maps are
reduced by a global depthwise convolution (MobileFaceNet, arXiv:1804.07573) instead of average
pooling: the position of a loop distinguishes a 6 from a 9.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ml.architectures.blocks import conv_block, standardize
from ml.training_config import TrainingConfig

NUM_FEATURES = 128

TRAINING_CONFIG = TrainingConfig(architecture="inknet")


class InkNet(nn.Module):
    """Images (B, channels, 28, 28) in [0, 1] to logits (B, classes) and features (B, 128)."""

    def __init__(self, *, channels: int = 1, classes: int = 11, dropout: float = 0.2) -> None:
        super().__init__()
        self.stem = _conv(channels, 16, padding=1)  # (B, 16, 28, 28)
        self.halve = _conv(16, 32, stride=2, padding=1)  # (B, 32, 14, 14)
        self.middle = _conv(32, 32, padding=1)
        self.quarter = _conv(32, 64, stride=2, padding=1)  # (B, 64, 7, 7)
        self.deep = _conv(64, 64, padding=1)
        self.narrow = _conv(64, 96)  # (B, 96, 5, 5)
        self.last = _conv(96, NUM_FEATURES)  # (B, 128, 3, 3)
        self.pool = nn.Conv2d(NUM_FEATURES, NUM_FEATURES, 3, groups=NUM_FEATURES, bias=False)
        self.pool_norm = nn.BatchNorm2d(NUM_FEATURES)  # (B, 128, 1, 1)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(NUM_FEATURES, classes)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        x = self.halve(self.stem(standardize(images)))
        x = x + self.middle(x)
        x = self.quarter(x)
        x = x + self.deep(x)
        x = self.last(self.narrow(x))
        features = self.pool_norm(self.pool(x)).flatten(1)
        return self.head(self.dropout(features)), features


def build(*, channels: int = 1, classes: int = 11) -> nn.Module:
    """Return a model whose depthwise convolution starts near average pooling."""
    model = InkNet(channels=channels, classes=classes)
    nn.init.constant_(model.pool.weight, 1 / 9)
    with torch.no_grad():
        model.pool.weight += 0.02 * torch.randn_like(model.pool.weight)
    return model


def _conv(in_channels: int, out_channels: int, *, stride: int = 1, padding: int = 0) -> nn.Module:
    return nn.Sequential(*conv_block(in_channels, out_channels, stride=stride, padding=padding))
