"""People's drawings as a run takes them: checked, some people kept aside, rendered for an epoch."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.datasets import NOT_A_DIGIT_CLASS
from ml.pool import RENDERED
from ml.raster import SIZE, CannotRasterize, Raster, rasterize
from ml.rehearsal import Pictures, draw_strengths, join_pictures, render_changed, to_lines
from ml.retraining_request import CannotRetrain, Sample

ASIDE_PART = 0.1
"""Of the drawings, by whole people."""

LEAST_PEOPLE, LEAST_DRAWINGS = 8, 200
"""With fewer nobody is kept aside: each is needed to learn from."""


@dataclass(frozen=True, slots=True)
class Parted:
    """What is trained on, and the drawings of other people, which only choose."""

    taught: list[Sample]
    aside: list[Sample]


def check_samples(samples: Sequence[Sample], *, has_nondigits: bool) -> list[Sample]:
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


def keep_aside(samples: Sequence[Sample]) -> Parted:
    """Part the people: always the same ones aside, in the order of their sha256, one at least and
    then while all aside have drawn no more than ASIDE_PART."""
    drawn = Counter(sample.person for sample in samples)
    people = sorted(drawn, key=_hash_person)
    if len(people) < LEAST_PEOPLE or len(samples) < LEAST_DRAWINGS:
        return Parted(list(samples), [])
    chosen: set[str] = set()
    most, kept = ASIDE_PART * len(samples), 0
    for person in people:
        if kept + drawn[person] <= (most if chosen else 2 * most):
            chosen.add(person)
            kept += drawn[person]
    return Parted(
        [sample for sample in samples if sample.person not in chosen],
        [sample for sample in samples if sample.person in chosen],
    )


def render_samples(samples: Sequence[Sample]) -> tuple[Raster, npt.NDArray[np.int64]]:
    """Return the pictures as they are, (n, 28, 28) uint8, and their labels."""
    images = np.empty((len(samples), SIZE, SIZE), dtype=np.uint8)
    for image, sample in zip(images, samples, strict=True):
        image[:] = _render(sample)
    return images, np.array([sample.label for sample in samples], dtype=np.int64)


def render_repeated(
    samples: Sequence[Sample], times: npt.NDArray[np.int64], rng: np.random.Generator
) -> Pictures:
    """Return each sample as often as `times` says, strokes changed anew each time."""
    repeated = [s for s, count in zip(samples, times.tolist(), strict=True) for _ in range(count)]
    strokes = [sample for sample in repeated if sample.strokes is not None]
    rasters = [sample for sample in repeated if sample.strokes is None]
    drawn = [to_lines(sample.strokes) for sample in strokes if sample.strokes is not None]
    changed = Pictures(
        render_changed(drawn, rng),
        np.array([sample.label for sample in strokes], dtype=np.int64),
        np.full(len(strokes), RENDERED, dtype=np.float32),
    )
    images, labels = render_samples(rasters)
    return join_pictures([changed, Pictures(images, labels, draw_strengths(len(rasters), rng))])


def _render(sample: Sample) -> Raster:
    try:
        if sample.strokes is not None:
            return rasterize(sample.strokes)
        return np.frombuffer(sample.raster or b"", dtype=np.uint8).reshape(SIZE, SIZE)
    except (CannotRasterize, ValueError) as error:
        name = sample.drawing_id or "A drawing"
        raise CannotRetrain("invalid_drawing", f"{name} cannot be drawn: {error}") from error


def _hash_person(person: str) -> str:
    return hashlib.sha256(f"aside-{person}".encode()).hexdigest()
