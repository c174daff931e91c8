"""cnn_xavier: three unpadded 5x5 convolutions and two linear layers with dropout, Xavier
initialization (Glorot & Bengio, 2010). 228,010 parameters, 12.7 million multiply-adds."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor, nn

from ml.training_config import REFERENCE_CONFIG

TRAINING_CONFIG = replace(
    REFERENCE_CONFIG,
    architecture="cnn_xavier",
    epochs=16,
    peak_lr=1e-3,
    warmup_epochs=1.0,
    weight_decay=0.01,
    label_smoothing=0.0,
    ema_decay=0.998,
)


class CnnXavier(nn.Module):
    """Images (B, 1, 28, 28) in [0, 1] to logits (B, 10) and features (B, 256)."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 32, 5)  # (B, 32, 24, 24)
        self.second = nn.Conv2d(32, 32, 5)  # (B, 32, 20, 20), pooled (B, 32, 10, 10)
        self.third = nn.Conv2d(32, 64, 5)  # (B, 64, 6, 6), pooled (B, 64, 3, 3)
        self.pool = nn.MaxPool2d(2)
        self.relu = nn.ReLU()
        self.drop_maps = nn.Dropout(0.25)
        self.dense = nn.Linear(576, 256)
        self.drop_features = nn.Dropout(0.5)
        self.head = nn.Linear(256, 10)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        x = self.relu(self.first(images))
        x = self.drop_maps(self.pool(self.relu(self.second(x))))
        x = self.drop_maps(self.pool(self.relu(self.third(x))))
        features = self.relu(self.dense(x.flatten(1)))
        return self.head(self.drop_features(features)), features


def build() -> nn.Module:
    model = CnnXavier()
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            assert layer.bias is not None  # noqa: S101 - for mypy: each layer here has one
            nn.init.zeros_(layer.bias)
    return model
