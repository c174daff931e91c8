"""sequential8: eight layers in sequence (two convolutions, max pooling, dropout, flatten, linear,
dropout, linear), the simplest convolutional architecture. 1,199,882 parameters, nearly all in one
linear layer; 12.0 million multiply-adds."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor, nn

from ml.training_config import NO_AUGMENTATION, REFERENCE_CONFIG

TRAINING_CONFIG = replace(
    REFERENCE_CONFIG,
    architecture="sequential8",
    epochs=12,
    batch_size=64,
    peak_lr=1e-3,
    warmup_epochs=0.5,
    weight_decay=0.0,  # AdamW without weight decay is Adam
    label_smoothing=0.0,
    pictures=replace(NO_AUGMENTATION, rotation=8, scale=0.08, shift=1.0),
)


class Sequential8(nn.Module):
    """Images (B, 1, 28, 28) in [0, 1], scaled to [-1, 1], to logits (B, 10) and features
    (B, 128)."""

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

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features = self.dense(self.maps(images * 2 - 1).flatten(1))
        return self.head(self.dropout(features)), features


build = Sequential8
