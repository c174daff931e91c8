"""People's drawings as a run takes them: checked, some people kept aside, rendered for an epoch."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.data.datasets import NOT_A_DIGIT_CLASS
from ml.data.epoch_dataset import RENDERED_STRENGTH
from ml.preprocessing.rasterize import IMAGE_SIZE, CannotRasterize, Raster, rasterize
from ml.retraining.rehearsal import (
    ImageBatch,
    concat_images,
    render_augmented,
    sample_strengths,
    to_strokes,
)
from ml.retraining.retraining_config import CannotRetrain, LabelledDrawing

VALIDATION_FRACTION = 0.1
"""Of the drawings, by whole people."""

MIN_USERS, MIN_DRAWINGS = 8, 200
"""With fewer nobody is kept aside: each is needed to learn from."""


@dataclass(frozen=True, slots=True)
class HoldoutSplit:
    """What is trained on, and the drawings of other people, which only choose."""

    taught: list[LabelledDrawing]
    aside: list[LabelledDrawing]


def filter_usable_drawings(
    samples: Sequence[LabelledDrawing], *, has_nondigits: bool
) -> list[LabelledDrawing]:
    """Return the samples a network with these outputs can learn. Raises CannotRetrain."""
    for sample in samples:
        if not 0 <= sample.label <= NOT_A_DIGIT_CLASS:
            raise CannotRetrain("invalid_drawing", f"{sample.label} is no label.")
    usable = [s for s in samples if has_nondigits or s.label != NOT_A_DIGIT_CLASS]
    if not usable:
        raise CannotRetrain("no_training_data", "There is no drawing to learn from.")
    if len({sample.label for sample in usable}) == 1:
        raise CannotRetrain(
            "single_class", "All drawings say the same; a network would learn to say only that."
        )
    return usable


def split_holdout(samples: Sequence[LabelledDrawing]) -> HoldoutSplit:
    """Part the people: always the same ones aside, in the order of their sha256, one at least and
    then while all aside have drawn no more than ASIDE_PART."""
    drawn = Counter(sample.person for sample in samples)
    people = sorted(drawn, key=_hash_user)
    if len(people) < MIN_USERS or len(samples) < MIN_DRAWINGS:
        return HoldoutSplit(list(samples), [])
    chosen: set[str] = set()
    most, kept = VALIDATION_FRACTION * len(samples), 0
    for person in people:
        if kept + drawn[person] <= (most if chosen else 2 * most):
            chosen.add(person)
            kept += drawn[person]
    return HoldoutSplit(
        [sample for sample in samples if sample.person not in chosen],
        [sample for sample in samples if sample.person in chosen],
    )


def render_drawings(samples: Sequence[LabelledDrawing]) -> tuple[Raster, npt.NDArray[np.int64]]:
    """Return the pictures as they are, (n, 28, 28) uint8, and their labels."""
    images = np.empty((len(samples), IMAGE_SIZE, IMAGE_SIZE), dtype=np.uint8)
    for image, sample in zip(images, samples, strict=True):
        image[:] = _render_drawing(sample)
    return images, np.array([sample.label for sample in samples], dtype=np.int64)


def render_augmented_repeats(
    samples: Sequence[LabelledDrawing], times: npt.NDArray[np.int64], rng: np.random.Generator
) -> ImageBatch:
    """Return each sample as often as `times` says, strokes changed anew each time."""
    repeated = [s for s, count in zip(samples, times.tolist(), strict=True) for _ in range(count)]
    strokes = [sample for sample in repeated if sample.strokes is not None]
    rasters = [sample for sample in repeated if sample.strokes is None]
    drawn = [to_strokes(sample.strokes) for sample in strokes if sample.strokes is not None]
    changed = ImageBatch(
        render_augmented(drawn, rng),
        np.array([sample.label for sample in strokes], dtype=np.int64),
        np.full(len(strokes), RENDERED_STRENGTH, dtype=np.float32),
    )
    images, labels = render_drawings(rasters)
    return concat_images([changed, ImageBatch(images, labels, sample_strengths(len(rasters), rng))])


def _render_drawing(sample: LabelledDrawing) -> Raster:
    try:
        if sample.strokes is not None:
            return rasterize(sample.strokes)
        return np.frombuffer(sample.raster or b"", dtype=np.uint8).reshape(IMAGE_SIZE, IMAGE_SIZE)
    except (CannotRasterize, ValueError) as error:
        name = sample.drawing_id or "A drawing"
        raise CannotRetrain("invalid_drawing", f"{name} cannot be drawn: {error}") from error


def _hash_user(person: str) -> str:
    return hashlib.sha256(f"aside-{person}".encode()).hexdigest()
