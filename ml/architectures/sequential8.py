"""sequential8: eight layers in a row — two convolutions, pool, dropout, flatten, dense, dropout,
dense with softmax — the plainest network that convolves. 1,199,882 parameters, nearly all of them
in the one dense layer; 12.0 million multiply-adds. Softmax is taken outside, with the temperature.
"""

from __future__ import annotations

from torch import Tensor, nn

from ml.config import ImageAugmentation, TrainingConfig

TRAINING_CONFIG = TrainingConfig(
    architecture="sequential8",
    base=("mnist",),
    epochs=12,
    cooldown_epochs=0,
    batch_size=64,
    peak_lr=1e-3,
    warmup_epochs=0.5,
    weight_decay=0.0,  # without decay AdamW is Adam
    label_smoothing=0.0,
    ema_decay=0.999,
    num_synthetic_nondigits=0,
    num_joined_digits=0,
    pictures=ImageAugmentation(
        rotation=8, shear=0, scale=0.08, aspect=0, shift=1.0, warp=0, thickness=0, contrast=0
    ),
)


class Sequential8(nn.Module):
    """Pictures (B, 1, 28, 28) float in [0, 1] to logits (B, 10) and features (B, 128).

    Inside they are stretched to [-1, 1].
    """

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.Sequential(
            nn.Conv2d(1, 32, 3),  # (B, 32, 26, 26)
            nn.ReLU(),
            nn.Conv2d(32, 64, 3),  # (B, 64, 24, 24)
            nn.ReLU(),
            nn.MaxPool2d(2),  # (B, 64, 12, 12)
            nn.Dropout(0.25),
        )
        self.dense = nn.Sequential(nn.Linear(9216, 128), nn.ReLU())
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(128, 10)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and features; see the class."""
        features = self.dense(self.maps(pictures * 2 - 1).flatten(1))
        return self.head(self.dropout(features)), features


def build() -> nn.Module:
    """Return a fresh network, its weights drawn from torch's current random state."""
    return Sequential8()
