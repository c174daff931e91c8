"""inknet: the network that serves. Eight 3x3 convolutions, each with batch normalisation, two of
them residual.

A residual step (He et al., arXiv:1512.03385) at 14x14 and at 7x7; the last map is weighed by a
learnt 3x3 window for each channel (the global depthwise convolution of MobileFaceNet,
arXiv:1804.07573) instead of averaged: where a loop stands tells a 6 from a 9. 238,843 parameters,
7.9 million multiply-adds.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ml.config import TrainingConfig

PIXEL_MEAN = 0.1307
PIXEL_STD = 0.3081
NUM_FEATURES = 128

TRAINING_CONFIG = TrainingConfig(architecture="inknet")


class InkNet(nn.Module):
    """Pictures (B, channels, 28, 28) float in [0, 1] to logits (B, classes) and features (B, 128).

    The normalisation (mean and spread of MNIST's training pixels) is part of the graph.
    """

    def __init__(self, *, channels: int = 1, classes: int = 11, dropout: float = 0.2) -> None:
        super().__init__()
        self.stem = _conv_block(channels, 16)  # (B, 16, 28, 28)
        self.halve = _conv_block(16, 32, stride=2)  # (B, 32, 14, 14)
        self.middle = _conv_block(32, 32)
        self.quarter = _conv_block(32, 64, stride=2)  # (B, 64, 7, 7)
        self.deep = _conv_block(64, 64)
        self.narrow = _conv_block(64, 96, padding=0)  # (B, 96, 5, 5)
        self.last = _conv_block(96, NUM_FEATURES, padding=0)  # (B, 128, 3, 3)
        self.pool = nn.Conv2d(
            NUM_FEATURES, NUM_FEATURES, 3, groups=NUM_FEATURES, bias=False
        )  # (B, 128, 1, 1)
        self.pool_norm = nn.BatchNorm2d(NUM_FEATURES)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(NUM_FEATURES, classes)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and features; see the class."""
        x = self.halve(self.stem((pictures - PIXEL_MEAN) / PIXEL_STD))
        x = x + self.middle(x)
        x = self.quarter(x)
        x = x + self.deep(x)
        x = self.last(self.narrow(x))
        features = self.pool_norm(self.pool(x)).flatten(1)
        return self.head(self.dropout(features)), features


def build(*, channels: int = 1, classes: int = 11) -> nn.Module:
    """Return a fresh inknet, its weights drawn from torch's current random state."""
    network = InkNet(channels=channels, classes=classes)
    nn.init.constant_(network.pool.weight, 1 / 9)
    with torch.no_grad():
        network.pool.weight += 0.02 * torch.randn_like(network.pool.weight)
    return network


def _conv_block(wide_in: int, wide_out: int, *, stride: int = 1, padding: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(wide_in, wide_out, 3, stride, padding, bias=False),
        nn.BatchNorm2d(wide_out),
        nn.ReLU(inplace=True),
    )
