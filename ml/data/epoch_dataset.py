"""The training data of one epoch: MNIST's images, and strokes rendered with new augmentation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ml.data.datasets import (
    NOT_A_DIGIT_CLASS,
    ImageDataset,
    InkSample,
    load_mnist,
    load_nondigits,
    load_pen,
)
from ml.data.stroke_augmentation import render_augmented
from ml.data.synthetic_nondigits import concat_drawings, draw_nondigit
from ml.preprocessing.array_types import Labels, Raster
from ml.preprocessing.rasterize import IMAGE_SIZE
from ml.preprocessing.stroke_geometry import to_strokes
from ml.training_config import DATASET_NAMES, DatasetName, TrainingConfig

FULL_STRENGTH, WEAK_STRENGTH, RENDERED_STRENGTH = 1.0, 0.25, 0.3
"""Strength of image augmentation: for most images, for a fifth of them, and for rendered strokes,
which are already augmented."""

WEAK_FRACTION = 0.2

EMPTY_IMAGE_DATASET = ImageDataset(
    np.empty((0, IMAGE_SIZE, IMAGE_SIZE), dtype=np.uint8),
    np.empty(0, dtype=np.int64),
    np.empty(0, dtype=np.int32),
)


@dataclass(frozen=True, slots=True)
class TrainingData:
    """The training splits of the data sets."""

    bitmaps: ImageDataset
    digits: Sequence[InkSample]
    nondigits: Sequence[InkSample]


@dataclass(frozen=True, slots=True)
class EpochDataset:
    """Images (n, 28, 28) uint8, labels (n,) int64 and strengths of image augmentation (n,)
    float32."""

    images: Tensor
    labels: Tensor
    strength: Tensor

    @classmethod
    def from_arrays(
        cls, images: Raster, labels: Labels, strength: npt.NDArray[np.float64]
    ) -> EpochDataset:
        arrays = (images, labels, strength.astype(np.float32))
        return cls(*(torch.from_numpy(array) for array in arrays))

    @classmethod
    def concat(cls, parts: Sequence[EpochDataset]) -> EpochDataset:
        rows = zip(*((part.images, part.labels, part.strength) for part in parts), strict=True)
        return cls(*(torch.cat(tensors) for tensors in rows))

    def to(self, device: torch.device) -> EpochDataset:
        return EpochDataset(
            *(part.to(device) for part in (self.images, self.labels, self.strength))
        )


def load_training_data(names: Sequence[DatasetName] = DATASET_NAMES) -> TrainingData:
    """Return the training splits of the named data sets; the others are empty."""
    return TrainingData(
        load_mnist("train") if "mnist" in names else EMPTY_IMAGE_DATASET,
        load_pen("train") if "pen" in names else [],
        load_nondigits("train") if "letters" in names else [],
    )


def build_epoch_dataset(config: TrainingConfig, data: TrainingData, epoch: int) -> EpochDataset:
    """Return the data of an epoch. It depends only on the seed and the epoch."""
    rng = np.random.default_rng([config.seed, epoch])
    digits = [to_strokes(ink.strokes) for ink in data.digits]
    drawings = [strokes for strokes in digits for _ in range(config.renderings_per_digit)]
    labels = [ink.label for ink in data.digits for _ in range(config.renderings_per_digit)]
    drawings += [
        to_strokes(ink.strokes)
        for ink in data.nondigits
        for _ in range(config.renderings_per_nondigit)
    ]
    drawings += [draw_nondigit(rng) for _ in range(config.num_synthetic_nondigits)]
    if digits:
        pairs = rng.integers(len(digits), size=(config.num_joined_digits, 2)).tolist()
        drawings += [concat_drawings(digits[left], digits[right], rng) for left, right in pairs]
    rendered = render_augmented(drawings, rng, config.strokes)
    labels += [NOT_A_DIGIT_CLASS] * (len(drawings) - len(labels))
    strength = sample_strengths(len(data.bitmaps), len(rendered), rng)
    if epoch >= config.epochs:
        strength *= config.cooldown_strength
    return EpochDataset.from_arrays(
        np.concatenate([data.bitmaps.images, rendered]),
        np.concatenate([data.bitmaps.labels, np.array(labels, dtype=np.int64)]),
        strength,
    )


def sample_strengths(
    num_images: int, num_rendered: int, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Return strengths of image augmentation, of images first and of rendered strokes last."""
    is_weak = rng.random(num_images) < WEAK_FRACTION
    strengths = np.where(is_weak, WEAK_STRENGTH, FULL_STRENGTH)
    return np.concatenate([strengths, np.full(num_rendered, RENDERED_STRENGTH)])
