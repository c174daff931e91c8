"""The base data that a network is shown beside people's drawings, so that it forgets nothing: a
balanced part of it each epoch, and the writers kept for validation."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.config import StrokeAugmentation
from ml.data.augmentation import augment_strokes, sample_pen_width
from ml.data.datasets import (
    MNIST_MD5,
    NOT_A_DIGIT_CLASS,
    DatasetMissing,
    ImageDataset,
    InkSample,
    load_mnist,
    load_nondigits,
    load_pen,
)
from ml.data.download import CannotDownload, download_mnist
from ml.data.epoch_dataset import (
    EMPTY_IMAGE_DATASET,
    FULL_STRENGTH,
    RENDERED_STRENGTH,
    WEAK_STRENGTH,
    TrainingData,
)
from ml.data.rendering import render_inks
from ml.data.synthetic_digits import draw_digits, load_fixed_synthetic_digits
from ml.data.synthetic_nondigits import concat_drawings, draw_nondigit, draw_nondigits
from ml.evaluation.classification_metrics import NUM_SYNTHETIC_NONDIGITS, SYNTHETIC_NONDIGIT_SEEDS
from ml.evaluation.validation import ValidationData
from ml.preprocessing.rasterize import IMAGE_SIZE, Raster, Stroke, rasterize, rasterize_many
from ml.retraining.retraining_config import FineTuningConfig, RehearsalKind

Labels = npt.NDArray[np.int64]
Strengths = npt.NDArray[np.float32]

log = logging.getLogger(__name__)

NUM_SYNTHETIC_DIGITS, SYNTHETIC_DIGITS_SEED = 6_000, 90_101
"""Of synthesised digits; each epoch changes them anew."""

_WEAK_AUGMENTATION_FRACTION = 0.2
_LETTERS_FRACTION, _JOINED_FRACTION = 1 / 3, 1 / 6


@dataclass(frozen=True, slots=True)
class ImageBatch:
    """Pictures (n, 28, 28) uint8, labels (n,) int64, strength of the changes to come (n,)
    float32."""

    images: Raster
    labels: Labels
    strength: Strengths


@dataclass(frozen=True, slots=True)
class RehearsalData:
    """What is rehearsed, and validated on. `kind` is what could be had of what was asked for."""

    kind: RehearsalKind
    training: TrainingData
    validation: ValidationData


def load_rehearsal_data(kind: RehearsalKind) -> RehearsalData:
    """Return the base data; MNIST is fetched where it is not at hand. Of what cannot be had, pen
    strokes are done without, and MNIST is stood in for by what is synthesised."""
    if kind == "synthetic":
        return _load_synthetic()
    try:
        mnist, validation = _load_mnist()
    except (DatasetMissing, CannotDownload) as error:
        log.warning("Rehearsing what is synthesised: %s", error)
        return _load_synthetic()
    sets = {"mnist": (validation.images, validation.labels)}
    pen = _load_pen() if kind == "all" else None
    if pen is None:
        sets["generated"] = _render_synthetic_nondigits()
        return RehearsalData("mnist", TrainingData(mnist, [], []), ValidationData(sets))
    sets |= {"pen": render_inks(pen.validation), "letters": render_inks(pen.other_letters)}
    sets["generated"] = _render_synthetic_nondigits()
    return RehearsalData("all", TrainingData(mnist, pen.digits, pen.letters), ValidationData(sets))


@dataclass(frozen=True, slots=True)
class _PenData:
    digits: list[InkSample]
    validation: list[InkSample]
    letters: list[InkSample]
    other_letters: list[InkSample]


def _load_mnist() -> tuple[ImageDataset, ImageDataset]:
    try:
        return load_mnist("train"), load_mnist("validation")
    except DatasetMissing:
        download_mnist(MNIST_MD5)
        return load_mnist("train"), load_mnist("validation")


def _load_pen() -> _PenData | None:
    try:
        return _PenData(
            load_pen("train"),
            load_pen("validation"),
            load_nondigits("train"),
            load_nondigits("validation"),
        )
    except DatasetMissing as error:
        log.warning("Rehearsing MNIST alone: %s", error)
        return None


def _load_synthetic() -> RehearsalData:
    training = TrainingData(
        EMPTY_IMAGE_DATASET, draw_digits(NUM_SYNTHETIC_DIGITS, SYNTHETIC_DIGITS_SEED), []
    )
    sets = {
        "synthetic": render_inks(load_fixed_synthetic_digits()),
        "generated": _render_synthetic_nondigits(),
    }
    return RehearsalData("synthetic", training, ValidationData(sets))


def _render_synthetic_nondigits() -> tuple[Raster, Labels]:
    images = rasterize_many(
        draw_nondigits(NUM_SYNTHETIC_NONDIGITS, SYNTHETIC_NONDIGIT_SEEDS["validation"])
    )
    return images, np.full(len(images), NOT_A_DIGIT_CLASS)


def sample_rehearsal_images(
    data: TrainingData, tuning: FineTuningConfig, *, has_nondigits: bool, rng: np.random.Generator
) -> ImageBatch:
    """Return one epoch's part: each digit as often, pictures and strokes half and half where there
    are both, and some non-digits where the network knows them."""
    nondigits = tuning.rehearsal_nondigits if has_nondigits else 0
    a_digit = (tuning.rehearsed - nondigits) // 10
    parts = [_sample_digit(data, digit, a_digit, rng) for digit in range(10)]
    if nondigits:
        parts.append(_sample_nondigits(data, nondigits, rng))
    return concat_images(parts)


def concat_images(parts: Sequence[ImageBatch]) -> ImageBatch:
    """Return the parts as one."""
    return ImageBatch(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.strength for part in parts]),
    )


def render_augmented(
    drawings: Sequence[list[Stroke]],
    rng: np.random.Generator,
    changes: StrokeAugmentation | None = None,
) -> Raster:
    """Return pictures of drawings, each changed as hands differ and with a pen of its own."""
    changes = changes or StrokeAugmentation()
    images = np.empty((len(drawings), IMAGE_SIZE, IMAGE_SIZE), dtype=np.uint8)
    for image, lines in zip(images, drawings, strict=True):
        changed = augment_strokes(lines, changes, rng)
        image[:] = rasterize(changed, pen_width=sample_pen_width(changes, rng))
    return images


def to_strokes(strokes: Sequence[Sequence[Sequence[float]]]) -> list[Stroke]:
    """Return strokes as (n, 2) arrays; what follows x and y is left out, and so are empty ones."""
    lines = [np.array([point[:2] for point in stroke], dtype=np.float64) for stroke in strokes]
    return [line for line in lines if len(line)]


def sample_strengths(count: int, rng: np.random.Generator) -> Strengths:
    """Return strengths for pictures without strokes: a fifth of them stay nearly as they are."""
    return np.where(
        rng.random(count) < _WEAK_AUGMENTATION_FRACTION, WEAK_STRENGTH, FULL_STRENGTH
    ).astype(np.float32)


def _sample_digit(
    data: TrainingData, digit: int, count: int, rng: np.random.Generator
) -> ImageBatch:
    pictures = np.flatnonzero(data.bitmaps.labels == digit)
    inks = [ink for ink in data.digits if ink.label == digit]
    of_inks = count // 2 if len(pictures) else count
    of_inks = of_inks if inks else 0
    chosen = _sample_indices(len(pictures), count - of_inks, rng)
    drawn = [to_strokes(inks[index].strokes) for index in _sample_indices(len(inks), of_inks, rng)]
    images = np.concatenate([data.bitmaps.images[pictures[chosen]], render_augmented(drawn, rng)])
    strength = np.concatenate([sample_strengths(len(chosen), rng), _rendered_strengths(len(drawn))])
    return ImageBatch(images, np.full(len(images), digit), strength)


def _sample_nondigits(data: TrainingData, count: int, rng: np.random.Generator) -> ImageBatch:
    letters = int(count * _LETTERS_FRACTION) if data.nondigits else 0
    joined = int(count * _JOINED_FRACTION) if data.digits else 0
    drawn = [
        to_strokes(data.nondigits[i].strokes)
        for i in _sample_indices(len(data.nondigits), letters, rng)
    ]
    pairs = rng.integers(max(len(data.digits), 1), size=(joined, 2)).tolist()
    drawn += [
        concat_drawings(to_strokes(data.digits[i].strokes), to_strokes(data.digits[j].strokes), rng)
        for i, j in pairs
    ]
    drawn += [draw_nondigit(rng) for _ in range(count - letters - joined)]
    images = render_augmented(drawn, rng)
    return ImageBatch(images, np.full(count, NOT_A_DIGIT_CLASS), _rendered_strengths(count))


def _rendered_strengths(count: int) -> Strengths:
    return np.full(count, RENDERED_STRENGTH, dtype=np.float32)


def _sample_indices(whole: int, count: int, rng: np.random.Generator) -> Labels:
    """Return `count` of `whole` numbers; none twice before all are taken."""
    if not count:
        return np.empty(0, dtype=np.int64)
    rounds = [rng.permutation(whole) for _ in range(-(-count // whole))]
    return np.concatenate(rounds)[:count]
