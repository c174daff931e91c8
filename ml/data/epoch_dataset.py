"""What one epoch of training sees: MNIST's pictures, and strokes rendered anew with this epoch's
changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ml.config import DATASET_NAMES, DatasetName, StrokeAugmentation, TrainingConfig
from ml.data.augmentation import augment_strokes, sample_pen_width
from ml.data.datasets import (
    NOT_A_DIGIT_CLASS,
    ImageDataset,
    InkSample,
    load_mnist,
    load_nondigits,
    load_pen,
)
from ml.data.synthetic_nondigits import concat_drawings, draw_nondigit
from ml.preprocessing.rasterize import IMAGE_SIZE, Stroke, rasterize

FULL_STRENGTH, WEAK_STRENGTH, RENDERED_STRENGTH = 1.0, 0.25, 0.3
"""How far pictures are changed: MNIST's mostly, a fifth of MNIST's, and renderings, whose strokes
were changed."""


EMPTY_IMAGE_DATASET = ImageDataset(
    np.empty((0, IMAGE_SIZE, IMAGE_SIZE), dtype=np.uint8),
    np.empty(0, dtype=np.int64),
    np.empty(0, dtype=np.int32),
)


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What may be trained on."""

    bitmaps: ImageDataset
    digits: Sequence[InkSample]
    nondigits: Sequence[InkSample]


@dataclass(frozen=True, slots=True)
class EpochDataset:
    """One epoch's pictures (n, 28, 28) uint8, labels (n,) int64, strength of the changes to come
    (n,) float32."""

    images: Tensor
    labels: Tensor
    strength: Tensor

    def to(self, device: torch.device) -> EpochDataset:
        return EpochDataset(
            *(part.to(device) for part in (self.images, self.labels, self.strength))
        )


def load_training_data(base: Sequence[DatasetName] = DATASET_NAMES) -> TrainingData:
    """Return the training parts of the data sets named in `base`, the others empty."""
    bitmaps = load_mnist("train") if "mnist" in base else EMPTY_IMAGE_DATASET
    digits = load_pen("train") if "pen" in base else []
    nondigits = load_nondigits("train") if "letters" in base else []
    return TrainingData(bitmaps, digits, nondigits)


def build_epoch_dataset(config: TrainingConfig, data: TrainingData, epoch: int) -> EpochDataset:
    """Return the pool of an epoch, the same for the same seed and epoch."""
    rng = np.random.default_rng([config.seed, epoch])
    digits = [_to_strokes(ink) for ink in data.digits]
    drawings = [lines for lines in digits for _ in range(config.renderings_per_digit)]
    labels = [ink.label for ink in data.digits for _ in range(config.renderings_per_digit)]
    nondigits = [
        _to_strokes(ink) for ink in data.nondigits for _ in range(config.renderings_per_nondigit)
    ]
    nondigits += [draw_nondigit(rng) for _ in range(config.num_synthetic_nondigits)]
    for left, right in (
        rng.integers(len(digits), size=(config.num_joined_digits, 2)) if digits else ()
    ):
        nondigits.append(concat_drawings(digits[left], digits[right], rng))
    rendered = _render_augmented([*drawings, *nondigits], config.strokes, rng)
    labels += [NOT_A_DIGIT_CLASS] * len(nondigits)
    slight = rng.random(len(data.bitmaps)) < 0.2
    strength = np.concatenate(
        [np.where(slight, WEAK_STRENGTH, FULL_STRENGTH), np.full(len(rendered), RENDERED_STRENGTH)]
    )
    if epoch >= config.epochs:
        strength *= config.cooldown_strength
    return EpochDataset(
        torch.from_numpy(np.concatenate([data.bitmaps.images, rendered])),
        torch.from_numpy(np.concatenate([data.bitmaps.labels, np.array(labels, dtype=np.int64)])),
        torch.from_numpy(strength.astype(np.float32)),
    )


def _render_augmented(
    drawings: Sequence[list[Stroke]], changes: StrokeAugmentation, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    images = np.empty((len(drawings), IMAGE_SIZE, IMAGE_SIZE), dtype=np.uint8)
    for image, lines in zip(images, drawings, strict=True):
        changed = augment_strokes(lines, changes, rng)
        image[:] = rasterize(changed, pen_width=sample_pen_width(changes, rng))
    return images


def _to_strokes(ink: InkSample) -> list[Stroke]:
    return [np.array(stroke, dtype=np.float64) for stroke in ink.strokes]
