"""kaggle_cnn: the network of a Kaggle notebook as its description names the parts: convolution, max
pooling, batch normalisation, dropout, flatten, dense. The layout is ours: two pairs of unpadded 3x3
convolutions. 189,666 parameters, 608 of them (running means and variances)
not trained; 7.0 million multiply-adds.

Its original's 0.99907 on Kaggle is no test score: the pictures scored there are MNIST's, nearly all
of them in the sets that people train on.
"""

from __future__ import annotations

from torch import Tensor, nn

from ml.config import ImageAugmentation, TrainingConfig

PIXEL_MEAN = 0.1307
PIXEL_STD = 0.3081

TRAINING_CONFIG = TrainingConfig(
    architecture="kaggle_cnn",
    base=("mnist",),
    epochs=28,
    cooldown_epochs=0,
    peak_lr=4e-3,
    warmup_epochs=2.0,
    weight_decay=0.03,
    label_smoothing=0.05,
    ema_decay=0.999,
    num_synthetic_nondigits=0,
    num_joined_digits=0,
    pictures=ImageAugmentation(
        rotation=15, shear=0.15, scale=0.12, aspect=0.12, shift=2.0, warp=1.0, thickness=0.5,
        contrast=0.5,
    ),
)  # fmt: skip


class KaggleCnn(nn.Module):
    """Pictures (B, 1, 28, 28) float in [0, 1] to logits (B, 10) and features (B, 128)."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.Sequential(
            *_conv_block(1, 24),  # (B, 24, 26, 26)
            *_conv_block(24, 24),  # (B, 24, 24, 24)
            nn.MaxPool2d(2),  # (B, 24, 12, 12)
            nn.Dropout(0.2),
            *_conv_block(24, 64),  # (B, 64, 10, 10)
            *_conv_block(64, 64),  # (B, 64, 8, 8)
            nn.MaxPool2d(2),  # (B, 64, 4, 4)
            nn.Dropout(0.2),
        )
        self.dense = nn.Sequential(nn.Linear(1024, 128, bias=False), nn.BatchNorm1d(128), nn.ReLU())
        self.dropout = nn.Dropout(0.4)
        self.head = nn.Linear(128, 10)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and features; see the class."""
        features = self.dense(self.maps((pictures - PIXEL_MEAN) / PIXEL_STD).flatten(1))
        return self.head(self.dropout(features)), features


def build() -> nn.Module:
    """Return a fresh network, its weights drawn from torch's current random state."""
    return KaggleCnn()


def _conv_block(wide_in: int, wide_out: int) -> list[nn.Module]:
    return [nn.Conv2d(wide_in, wide_out, 3, bias=False), nn.BatchNorm2d(wide_out), nn.ReLU()]
