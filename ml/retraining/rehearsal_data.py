"""Rehearsal data: a balanced sample of the original training data in each epoch of fine-tuning,
against forgetting, and validation data of other writers."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ml.data.datasets import (
    MNIST_SHA256,
    NOT_A_DIGIT_CLASS,
    DatasetMissing,
    load_doodles,
    load_icons,
    load_mnist,
    load_nondigits,
    load_pen,
)
from ml.data.epoch_dataset import (
    EMPTY_IMAGE_DATASET,
    EpochDataset,
    TrainingData,
    load_training_data,
    sample_strengths,
)
from ml.data.mnist_download import CannotDownload, download_mnist
from ml.data.nondigits_of_digits import draw_nondigit_of_digits
from ml.data.render_ink_samples import render_inks
from ml.data.stroke_augmentation import render_augmented
from ml.data.synthetic_digits import draw_digits, load_fixed_synthetic_digits
from ml.data.synthetic_nondigits import draw_nondigit, draw_nondigits
from ml.evaluation.release_evaluation import NUM_SYNTHETIC_NONDIGITS, SYNTHETIC_NONDIGIT_SEEDS
from ml.evaluation.validation_during_training import ValidationData
from ml.preprocessing.array_types import Labels, Raster
from ml.preprocessing.rasterize import rasterize_many
from ml.preprocessing.stroke_geometry import to_strokes
from ml.retraining.retraining_config import FineTuningConfig
from ml.training_config import RehearsalKind

LabelledSets = dict[str, tuple[Raster, Labels]]

log = logging.getLogger(__name__)

NUM_SYNTHETIC_DIGITS, SYNTHETIC_DIGITS_SEED = 6_000, 90_101
"""Of the synthetic training digits; each epoch augments them again."""

_DRAWN_FRACTION, _OF_DIGITS_FRACTION = 1 / 2, 1 / 6


@dataclass(frozen=True, slots=True)
class RehearsalData:
    """Training and validation data. `kind` is what was available of the requested data."""

    kind: RehearsalKind
    training: TrainingData
    validation: ValidationData


def load_rehearsal_data(kind: RehearsalKind) -> RehearsalData:
    """Return the rehearsal data. A missing MNIST is downloaded.

    If a data set of strokes is missing, the kind is mnist. If MNIST cannot be downloaded, it is
    synthetic.
    """
    training = TrainingData(EMPTY_IMAGE_DATASET, [], [])
    sets: LabelledSets = {}
    if kind != "synthetic":
        try:
            training, sets = _load_mnist()
        except (DatasetMissing, CannotDownload) as error:
            log.warning("Rehearsing synthetic digits: %s", error)
            kind = "synthetic"
    if kind == "all":
        try:
            training = load_training_data()
            sets |= _load_stroke_sets()
        except DatasetMissing as error:
            log.warning("Rehearsing MNIST without strokes: %s", error)
            kind = "mnist"
    if kind == "synthetic":
        digits = draw_digits(NUM_SYNTHETIC_DIGITS, SYNTHETIC_DIGITS_SEED)
        training = TrainingData(EMPTY_IMAGE_DATASET, digits, [])
        sets = {"synthetic": render_inks(load_fixed_synthetic_digits())}
    seed = SYNTHETIC_NONDIGIT_SEEDS["validation"]
    nondigits = rasterize_many(draw_nondigits(NUM_SYNTHETIC_NONDIGITS, seed))
    sets["generated"] = nondigits, np.full(len(nondigits), NOT_A_DIGIT_CLASS)
    return RehearsalData(kind, training, ValidationData(sets))


def _load_mnist() -> tuple[TrainingData, LabelledSets]:
    try:
        training, validation = load_mnist("train"), load_mnist("validation")
    except DatasetMissing:
        download_mnist(MNIST_SHA256)
        training, validation = load_mnist("train"), load_mnist("validation")
    sets = {"mnist": (validation.images, validation.labels)}
    return TrainingData(training, [], []), sets


def _load_stroke_sets() -> LabelledSets:
    """Return validation sets of strokes; those cut from formulas are for research only."""
    inks = {
        "pen": load_pen("validation"),
        "letters": load_nondigits("validation"),
        "doodles": load_doodles("validation"),
        "icons": load_icons("validation"),
    }
    return {name: render_inks(one) for name, one in inks.items()}


def count_rehearsal_images(tuning: FineTuningConfig, has_nondigits: bool) -> Counter[int]:
    """Return how many rehearsal images of each class an epoch has: all digits equally many, and
    non-digits if the model has that class."""
    nondigits = tuning.rehearsal_nondigits if has_nondigits else 0
    counts = Counter(dict.fromkeys(range(10), (tuning.rehearsal_images - nondigits) // 10))
    counts[NOT_A_DIGIT_CLASS] = nondigits
    return counts


def sample_rehearsal_images(
    data: TrainingData, counts: Mapping[int, int], rng: np.random.Generator
) -> EpochDataset:
    """Return this many images of each class. Half of a digit's are bitmaps, half rendered strokes,
    if the data has both."""
    parts = [_sample_digit(data, digit, counts[digit], rng) for digit in range(10)]
    if counts[NOT_A_DIGIT_CLASS]:
        parts.append(_sample_nondigits(data, counts[NOT_A_DIGIT_CLASS], rng))
    return EpochDataset.concat(parts)


def _sample_digit(
    data: TrainingData, digit: int, count: int, rng: np.random.Generator
) -> EpochDataset:
    bitmaps = np.flatnonzero(data.bitmaps.labels == digit)
    inks = [ink for ink in data.digits if ink.label == digit]
    num_inks = 0 if not inks else count // 2 if len(bitmaps) else count
    rows = bitmaps[_sample_indices(len(bitmaps), count - num_inks, rng)]
    drawn = [to_strokes(inks[index].strokes) for index in _sample_indices(len(inks), num_inks, rng)]
    images = np.concatenate([data.bitmaps.images[rows], render_augmented(drawn, rng)])
    strengths = sample_strengths(len(rows), len(drawn), rng)
    return EpochDataset.from_arrays(images, np.full(count, digit), strengths)


def _sample_nondigits(data: TrainingData, count: int, rng: np.random.Generator) -> EpochDataset:
    num_drawn = int(count * _DRAWN_FRACTION) if data.nondigits else 0
    num_of_digits = int(count * _OF_DIGITS_FRACTION) if data.digits else 0
    drawn = [
        to_strokes(data.nondigits[i].strokes)
        for i in _sample_indices(len(data.nondigits), num_drawn, rng)
    ]
    drawn += [draw_nondigit_of_digits(data.digits, rng) for _ in range(num_of_digits)]
    drawn += [draw_nondigit(rng) for _ in range(count - num_drawn - num_of_digits)]
    return EpochDataset.from_arrays(
        render_augmented(drawn, rng),
        np.full(count, NOT_A_DIGIT_CLASS),
        sample_strengths(0, count, rng),
    )


def _sample_indices(size: int, count: int, rng: np.random.Generator) -> Labels:
    """Return `count` indices below `size`; none is repeated before all are used."""
    if not count:
        return np.empty(0, dtype=np.int64)
    permutations = [rng.permutation(size) for _ in range(-(-count // size))]
    return np.concatenate(permutations)[:count]
