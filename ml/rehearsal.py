"""The base data that a network is shown beside people's drawings, so that it forgets nothing: a
balanced part of it each epoch, and the writers kept for validation."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.augment import change_strokes, draw_pen_width
from ml.datasets import (
    MNIST_MD5,
    NOT_A_DIGIT_CLASS,
    Bitmaps,
    DataMissing,
    Ink,
    load_mnist,
    load_nondigits,
    load_pen,
)
from ml.downloads import CannotDownload, fetch_mnist
from ml.evaluation import GENERATED, GENERATOR_SEEDS
from ml.inks import render_inks
from ml.pool import FULL, NO_BITMAPS, RENDERED, SLIGHT, TrainingData
from ml.raster import SIZE, Line, Raster, rasterize, rasterize_many
from ml.recipe import StrokeChanges
from ml.retraining_request import Rehearsal, Tuning
from ml.synthesis import draw_nondigit, draw_nondigits, join_drawings
from ml.synthesis_digits import draw_digit_inks, load_frozen_synthesised
from ml.validation import ValidationData

Labels = npt.NDArray[np.int64]
Strengths = npt.NDArray[np.float32]

log = logging.getLogger(__name__)

TRAINING_DRAWINGS, TRAINING_SEED = 6_000, 90_101
"""Of synthesised digits; each epoch changes them anew."""

_PLAIN_PART = 0.2
_LETTERS_PART, _JOINED_PART = 1 / 3, 1 / 6


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures (n, 28, 28) uint8, labels (n,) int64, strength of the changes to come (n,)
    float32."""

    images: Raster
    labels: Labels
    strength: Strengths


@dataclass(frozen=True, slots=True)
class BaseData:
    """What is rehearsed, and validated on. `kind` is what could be had of what was asked for."""

    kind: Rehearsal
    training: TrainingData
    validation: ValidationData


def load_base_data(kind: Rehearsal) -> BaseData:
    """Return the base data; MNIST is fetched where it is not at hand. Of what cannot be had, pen
    strokes are done without, and MNIST is stood in for by what is synthesised."""
    if kind == "synthetic":
        return _load_synthesised()
    try:
        mnist, validation = _load_mnist()
    except (DataMissing, CannotDownload) as error:
        log.warning("Rehearsing what is synthesised: %s", error)
        return _load_synthesised()
    sets = {"mnist": (validation.images, validation.labels)}
    pen = _load_pen() if kind == "all" else None
    if pen is None:
        sets["generated"] = _render_generated()
        return BaseData("mnist", TrainingData(mnist, [], []), ValidationData(sets))
    sets |= {"pen": render_inks(pen.validation), "letters": render_inks(pen.other_letters)}
    sets["generated"] = _render_generated()
    return BaseData("all", TrainingData(mnist, pen.digits, pen.letters), ValidationData(sets))


@dataclass(frozen=True, slots=True)
class _Pen:
    digits: list[Ink]
    validation: list[Ink]
    letters: list[Ink]
    other_letters: list[Ink]


def _load_mnist() -> tuple[Bitmaps, Bitmaps]:
    try:
        return load_mnist("train"), load_mnist("validation")
    except DataMissing:
        fetch_mnist(MNIST_MD5)
        return load_mnist("train"), load_mnist("validation")


def _load_pen() -> _Pen | None:
    try:
        return _Pen(
            load_pen("train"),
            load_pen("validation"),
            load_nondigits("train"),
            load_nondigits("validation"),
        )
    except DataMissing as error:
        log.warning("Rehearsing MNIST alone: %s", error)
        return None


def _load_synthesised() -> BaseData:
    training = TrainingData(NO_BITMAPS, draw_digit_inks(TRAINING_DRAWINGS, TRAINING_SEED), [])
    sets = {"synthetic": render_inks(load_frozen_synthesised()), "generated": _render_generated()}
    return BaseData("synthetic", training, ValidationData(sets))


def _render_generated() -> tuple[Raster, Labels]:
    images = rasterize_many(draw_nondigits(GENERATED, GENERATOR_SEEDS["validation"]))
    return images, np.full(len(images), NOT_A_DIGIT_CLASS)


def rehearse(
    data: TrainingData, tuning: Tuning, *, has_nondigits: bool, rng: np.random.Generator
) -> Pictures:
    """Return one epoch's part: each digit as often, pictures and strokes half and half where there
    are both, and some non-digits where the network knows them."""
    nondigits = tuning.nondigits_rehearsed if has_nondigits else 0
    a_digit = (tuning.rehearsed - nondigits) // 10
    parts = [_pick_digit(data, digit, a_digit, rng) for digit in range(10)]
    if nondigits:
        parts.append(_draw_nondigits(data, nondigits, rng))
    return join_pictures(parts)


def join_pictures(parts: Sequence[Pictures]) -> Pictures:
    """Return the parts as one."""
    return Pictures(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.strength for part in parts]),
    )


def render_changed(
    drawings: Sequence[list[Line]], rng: np.random.Generator, changes: StrokeChanges | None = None
) -> Raster:
    """Return pictures of drawings, each changed as hands differ and with a pen of its own."""
    changes = changes or StrokeChanges()
    images = np.empty((len(drawings), SIZE, SIZE), dtype=np.uint8)
    for image, lines in zip(images, drawings, strict=True):
        changed = change_strokes(lines, changes, rng)
        image[:] = rasterize(changed, pen_width=draw_pen_width(changes, rng))
    return images


def to_lines(strokes: Sequence[Sequence[Sequence[float]]]) -> list[Line]:
    """Return strokes as (n, 2) arrays; what follows x and y is left out, and so are empty ones."""
    lines = [np.array([point[:2] for point in stroke], dtype=np.float64) for stroke in strokes]
    return [line for line in lines if len(line)]


def draw_strengths(count: int, rng: np.random.Generator) -> Strengths:
    """Return strengths for pictures without strokes: a fifth of them stay nearly as they are."""
    return np.where(rng.random(count) < _PLAIN_PART, SLIGHT, FULL).astype(np.float32)


def _pick_digit(data: TrainingData, digit: int, count: int, rng: np.random.Generator) -> Pictures:
    pictures = np.flatnonzero(data.bitmaps.labels == digit)
    inks = [ink for ink in data.digits if ink.label == digit]
    of_inks = count // 2 if len(pictures) else count
    of_inks = of_inks if inks else 0
    chosen = _pick(len(pictures), count - of_inks, rng)
    drawn = [to_lines(inks[index].strokes) for index in _pick(len(inks), of_inks, rng)]
    images = np.concatenate([data.bitmaps.images[pictures[chosen]], render_changed(drawn, rng)])
    strength = np.concatenate([draw_strengths(len(chosen), rng), _rendered(len(drawn))])
    return Pictures(images, np.full(len(images), digit), strength)


def _draw_nondigits(data: TrainingData, count: int, rng: np.random.Generator) -> Pictures:
    letters = int(count * _LETTERS_PART) if data.nondigits else 0
    joined = int(count * _JOINED_PART) if data.digits else 0
    drawn = [to_lines(data.nondigits[i].strokes) for i in _pick(len(data.nondigits), letters, rng)]
    pairs = rng.integers(max(len(data.digits), 1), size=(joined, 2)).tolist()
    drawn += [
        join_drawings(to_lines(data.digits[i].strokes), to_lines(data.digits[j].strokes), rng)
        for i, j in pairs
    ]
    drawn += [draw_nondigit(rng) for _ in range(count - letters - joined)]
    images = render_changed(drawn, rng)
    return Pictures(images, np.full(count, NOT_A_DIGIT_CLASS), _rendered(count))


def _rendered(count: int) -> Strengths:
    return np.full(count, RENDERED, dtype=np.float32)


def _pick(whole: int, count: int, rng: np.random.Generator) -> Labels:
    """Return `count` of `whole` numbers; none twice before all are taken."""
    if not count:
        return np.empty(0, dtype=np.int64)
    rounds = [rng.permutation(whole) for _ in range(-(-count // whole))]
    return np.concatenate(rounds)[:count]
