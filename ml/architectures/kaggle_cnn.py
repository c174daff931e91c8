"""kaggle_cnn: two pairs of unpadded 3x3 convolutions with batch norm, max pooling and dropout,
after a Kaggle notebook that lists these layers without their sizes. 189,666 parameters, of which
608 are buffers of batch norm; 7.0 million multiply-adds.

The notebook's score of 0.99907 is not a test accuracy: Kaggle scores on MNIST images, most of which
are in public training sets.
"""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor, nn

from ml.architectures.blocks import conv_block, linear_block, standardize
from ml.training_config import REFERENCE_CONFIG, ImageAugmentation

TRAINING_CONFIG = replace(
    REFERENCE_CONFIG,
    architecture="kaggle_cnn",
    epochs=28,
    warmup_epochs=2.0,
    pictures=ImageAugmentation(
        rotation=15, shear=0.15, scale=0.12, aspect=0.12, warp=1.0, thickness=0.5, contrast=0.5
    ),
)


class KaggleCnn(nn.Module):
    """Images (B, 1, 28, 28) in [0, 1] to logits (B, 10) and features (B, 128)."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.Sequential(
            *conv_block(1, 24),  # (B, 24, 26, 26)
            *conv_block(24, 24),  # (B, 24, 24, 24)
            nn.MaxPool2d(2),  # (B, 24, 12, 12)
            nn.Dropout(0.2),
            *conv_block(24, 64),  # (B, 64, 10, 10)
            *conv_block(64, 64),  # (B, 64, 8, 8)
            nn.MaxPool2d(2),  # (B, 64, 4, 4)
            nn.Dropout(0.2),
        )
        self.dense = nn.Sequential(*linear_block(1024, 128))
        self.dropout = nn.Dropout(0.4)
        self.head = nn.Linear(128, 10)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features = self.dense(self.maps(standardize(images)).flatten(1))
        return self.head(self.dropout(features)), features


build = KaggleCnn
