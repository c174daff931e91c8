"""Building blocks that several architectures share."""

from __future__ import annotations

from torch import Tensor, nn

PIXEL_MEAN = 0.1307
PIXEL_STD = 0.3081
"""Mean and standard deviation of the pixels of MNIST's training set."""


def standardize(images: Tensor) -> Tensor:
    return (images - PIXEL_MEAN) / PIXEL_STD


def conv_block(
    in_channels: int, out_channels: int, kernel_size: int = 3, *, stride: int = 1, padding: int = 0
) -> list[nn.Module]:
    """Return a convolution without bias, batch norm and ReLU."""
    return [
        nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    ]


def linear_block(in_features: int, out_features: int) -> list[nn.Module]:
    """Return a linear layer without bias, batch norm and ReLU."""
    return [
        nn.Linear(in_features, out_features, bias=False),
        nn.BatchNorm1d(out_features),
        nn.ReLU(),
    ]
