"""What one epoch of training sees: MNIST's pictures, and strokes rendered anew with this epoch's
changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ml.augment import change_strokes, draw_pen_width
from ml.datasets import NOT_A_DIGIT_CLASS, Bitmaps, Ink, load_mnist, load_nondigits, load_pen
from ml.raster import SIZE, Line, rasterize
from ml.recipe import BASE, Base, StrokeChanges, TrainingConfig
from ml.synthesis import draw_nondigit, join_drawings

FULL, SLIGHT, RENDERED = 1.0, 0.25, 0.3
"""How far pictures are changed: MNIST's mostly, a fifth of MNIST's, and renderings, whose strokes
were changed."""


NO_BITMAPS = Bitmaps(
    np.empty((0, SIZE, SIZE), dtype=np.uint8),
    np.empty(0, dtype=np.int64),
    np.empty(0, dtype=np.int32),
)


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What may be trained on."""

    bitmaps: Bitmaps
    digits: Sequence[Ink]
    nondigits: Sequence[Ink]


@dataclass(frozen=True, slots=True)
class Pool:
    """One epoch's pictures (n, 28, 28) uint8, labels (n,) int64, strength of the changes to come
    (n,) float32."""

    images: Tensor
    labels: Tensor
    strength: Tensor

    def to(self, device: torch.device) -> Pool:
        return Pool(*(part.to(device) for part in (self.images, self.labels, self.strength)))


def load_training_data(base: Sequence[Base] = BASE) -> TrainingData:
    """Return the training parts of the data sets named in `base`, the others empty."""
    bitmaps = load_mnist("train") if "mnist" in base else NO_BITMAPS
    digits = load_pen("train") if "pen" in base else []
    nondigits = load_nondigits("train") if "letters" in base else []
    return TrainingData(bitmaps, digits, nondigits)


def build_pool(config: TrainingConfig, data: TrainingData, epoch: int) -> Pool:
    """Return the pool of an epoch, the same for the same seed and epoch."""
    rng = np.random.default_rng([config.seed, epoch])
    digits = [_to_lines(ink) for ink in data.digits]
    drawings = [lines for lines in digits for _ in range(config.pen_renderings)]
    labels = [ink.label for ink in data.digits for _ in range(config.pen_renderings)]
    nondigits = [
        _to_lines(ink) for ink in data.nondigits for _ in range(config.nondigit_renderings)
    ]
    nondigits += [draw_nondigit(rng) for _ in range(config.generated_nondigits)]
    for left, right in rng.integers(len(digits), size=(config.joined_digits, 2)) if digits else ():
        nondigits.append(join_drawings(digits[left], digits[right], rng))
    rendered = _render([*drawings, *nondigits], config.strokes, rng)
    labels += [NOT_A_DIGIT_CLASS] * len(nondigits)
    slight = rng.random(len(data.bitmaps)) < 0.2
    strength = np.concatenate([np.where(slight, SLIGHT, FULL), np.full(len(rendered), RENDERED)])
    if epoch >= config.epochs:
        strength *= config.calm_strength
    return Pool(
        torch.from_numpy(np.concatenate([data.bitmaps.images, rendered])),
        torch.from_numpy(np.concatenate([data.bitmaps.labels, np.array(labels, dtype=np.int64)])),
        torch.from_numpy(strength.astype(np.float32)),
    )


def _render(
    drawings: Sequence[list[Line]], changes: StrokeChanges, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    images = np.empty((len(drawings), SIZE, SIZE), dtype=np.uint8)
    for image, lines in zip(images, drawings, strict=True):
        changed = change_strokes(lines, changes, rng)
        image[:] = rasterize(changed, pen_width=draw_pen_width(changes, rng))
    return images


def _to_lines(ink: Ink) -> list[Line]:
    return [np.array(stroke, dtype=np.float64) for stroke in ink.strokes]
