"""The training data of one epoch: MNIST's images, and strokes rendered with new augmentation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ml.data.bitmap_tracing import trace_bitmaps
from ml.data.datasets import (
    NOT_A_DIGIT_CLASS,
    ImageDataset,
    InkSample,
    load_doodles,
    load_icons,
    load_mnist,
    load_nondigits,
    load_pen,
    load_uji_digits,
    load_uji_letters,
)
from ml.data.font_digits import load_font_digits
from ml.data.nondigits_of_digits import draw_nondigit_of_digits
from ml.data.stroke_augmentation import render_augmented
from ml.data.synthetic_digits import draw_digits
from ml.data.synthetic_nondigits import draw_nondigit, mix_nondigits
from ml.preprocessing.array_types import Labels, Raster
from ml.preprocessing.rasterize import IMAGE_SIZE
from ml.preprocessing.stroke_geometry import to_strokes
from ml.training_config import DATASET_NAMES, DIGIT_DATASETS, DatasetName, TrainingConfig

FULL_STRENGTH, WEAK_STRENGTH, RENDERED_STRENGTH = 1.0, 0.25, 0.3
"""Strength of image augmentation: for most images, for a fifth of them, and for rendered strokes,
which are already augmented."""

WEAK_FRACTION = 0.2

REPETITIONS: dict[DatasetName, int] = {
    "uji": 3,
    "fonts": 4,
    "letters": 2,
    "uji_letters": 5,
    "icons": 2,
    "doodles": 5,
}
"""Small data sets are repeated in the training data; each repetition is augmented differently."""

MAX_TRACED_PEN_WIDTH = 3.0
"""Pixels of the bitmap."""

_MIN_LOOPS = {0: 1, 6: 1, 8: 2, 9: 1}

EMPTY_IMAGE_DATASET = ImageDataset(
    np.empty((0, IMAGE_SIZE, IMAGE_SIZE), dtype=np.uint8),
    np.empty(0, dtype=np.int64),
    np.empty(0, dtype=np.int32),
)


@dataclass(frozen=True, slots=True)
class TrainingData:
    """The training splits of the data sets. `traced` are strokes of some of the bitmaps."""

    bitmaps: ImageDataset
    digits: Sequence[InkSample]
    nondigits: Sequence[InkSample]
    traced: Sequence[InkSample] = ()


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


def load_training_data(
    names: Sequence[DatasetName] = DATASET_NAMES, *, repeat: bool = True, num_traced: int = 0
) -> TrainingData:
    """Return the training splits of the named data sets; the others are empty.

    Small ones are repeated, unless `repeat` is false. `num_traced` bitmaps are also traced. Raises
    DatasetMissing.
    """
    repetitions = REPETITIONS if repeat else {}
    bitmaps, digits, nondigits = [EMPTY_IMAGE_DATASET], [], []
    for name in names:
        count = repetitions.get(name, 1)
        if name in _BITMAP_LOADERS:
            bitmaps += [_BITMAP_LOADERS[name]()] * count
        elif name in DIGIT_DATASETS:
            digits += _INK_LOADERS[name]() * count
        else:
            nondigits += _INK_LOADERS[name]() * count
    images = ImageDataset.concat(bitmaps)
    return TrainingData(images, digits, nondigits, trace_digits(images, num_traced))


def trace_digits(bitmaps: ImageDataset, count: int) -> list[InkSample]:
    """Return the strokes of at most `count` bitmaps, always the same ones.

    Bitmaps of a thick pen are left out, and those whose loops are filled with ink.
    """
    rows = np.random.default_rng(0).permutation(len(bitmaps))[:count]
    inks = []
    for row, trace in zip(rows.tolist(), trace_bitmaps(bitmaps.images[rows]), strict=True):
        label = int(bitmaps.labels[row])
        length = sum(np.linalg.norm(np.diff(s, axis=0), axis=1).sum() for s in trace.strokes)
        pen_width = bitmaps.images[row].sum() / 255 / max(float(length), 1.0)
        if pen_width <= MAX_TRACED_PEN_WIDTH and trace.num_loops >= _MIN_LOOPS.get(label, 0):
            strokes = tuple(tuple((x, y) for x, y in s.tolist()) for s in trace.strokes)
            inks.append(InkSample(label, str(bitmaps.writers[row]), strokes))
    return inks


_BITMAP_LOADERS: dict[DatasetName, Callable[[], ImageDataset]] = {
    "mnist": lambda: load_mnist("train"),
    "fonts": load_font_digits,
}
_INK_LOADERS: dict[DatasetName, Callable[[], list[InkSample]]] = {
    "pen": lambda: load_pen("train"),
    "uji": load_uji_digits,
    "letters": lambda: load_nondigits("train"),
    "uji_letters": load_uji_letters,
    "icons": lambda: load_icons("train"),
    "doodles": lambda: load_doodles("train"),
}


class EpochBuilder:
    """Builds the data of an epoch, which depends only on the seed and the epoch.

    With `epochs_per_rendering` several epochs share their rendered strokes, which are kept for
    this; image augmentation and bitmaps differ.
    """

    def __init__(self, config: TrainingConfig, data: TrainingData) -> None:
        self._config, self._data = config, data
        self._rendering = -1
        self._rendered = EMPTY_IMAGE_DATASET.images, EMPTY_IMAGE_DATASET.labels

    def build(self, epoch: int) -> EpochDataset:
        config, bitmaps = self._config, self._data.bitmaps
        rendering = epoch // config.epochs_per_rendering
        if rendering != self._rendering:
            self._rendered = render_strokes(config, self._data, rendering)
            self._rendering = rendering
        images, labels = self._rendered
        rng = np.random.default_rng([config.seed, epoch, 1])
        rows = rng.permutation(len(bitmaps))[: config.max_bitmaps]
        strength = sample_strengths(len(rows), len(images), rng)
        if epoch >= config.epochs:
            strength *= config.cooldown_strength
        return EpochDataset.from_arrays(
            np.concatenate([bitmaps.images[rows], images]),
            np.concatenate([bitmaps.labels[rows], labels]),
            strength,
        )


def render_strokes(
    config: TrainingConfig, data: TrainingData, rendering: int
) -> tuple[Raster, Labels]:
    """Return images and labels of all strokes, real and synthetic, each with its augmentation."""
    rng = np.random.default_rng([config.seed, rendering])
    digits = [to_strokes(ink.strokes) for ink in data.digits]
    drawings = [strokes for strokes in digits for _ in range(config.renderings_per_digit)]
    labels = [ink.label for ink in data.digits for _ in range(config.renderings_per_digit)]
    for ink in (*data.traced, *draw_digits(config.num_synthetic_digits, int(rng.integers(2**31)))):
        drawings.append(to_strokes(ink.strokes))
        labels.append(ink.label)
    nondigits = [to_strokes(ink.strokes) for ink in data.nondigits]
    drawings += [strokes for strokes in nondigits for _ in range(config.renderings_per_nondigit)]
    drawings += [draw_nondigit(rng) for _ in range(config.num_synthetic_nondigits)]
    if digits:
        drawings += [
            draw_nondigit_of_digits(data.digits, rng) for _ in range(config.num_nondigits_of_digits)
        ]
    if nondigits:
        drawings += [mix_nondigits(nondigits, rng) for _ in range(config.num_mixed_nondigits)]
    labels += [NOT_A_DIGIT_CLASS] * (len(drawings) - len(labels))
    return render_augmented(drawings, rng, config.strokes), np.array(labels, dtype=np.int64)


def sample_strengths(
    num_images: int, num_rendered: int, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Return strengths of image augmentation, of images first and of rendered strokes last."""
    is_weak = rng.random(num_images) < WEAK_FRACTION
    strengths = np.where(is_weak, WEAK_STRENGTH, FULL_STRENGTH)
    return np.concatenate([strengths, np.full(num_rendered, RENDERED_STRENGTH)])
