"""User drawings of a retraining run: validation, the holdout split by user, rendering."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.data.datasets import NOT_A_DIGIT_CLASS
from ml.data.epoch_dataset import EpochDataset, sample_strengths
from ml.data.stroke_augmentation import render_augmented
from ml.preprocessing.array_types import IntArray, Labels, Raster
from ml.preprocessing.rasterize import IMAGE_SIZE, CannotRasterize, rasterize
from ml.preprocessing.stroke_geometry import to_strokes
from ml.retraining.retraining_config import CannotRetrain, LabelledDrawing

HOLDOUT_FRACTION = 0.1
"""Of the drawings."""

MIN_USERS, MIN_DRAWINGS = 8, 200
"""With fewer there is no holdout: all drawings are needed for training."""


@dataclass(frozen=True, slots=True)
class HoldoutSplit:
    """Drawings to train on, and drawings of other users to validate on."""

    training: list[LabelledDrawing]
    holdout: list[LabelledDrawing]


def filter_usable_drawings(
    drawings: Sequence[LabelledDrawing], *, has_nondigits: bool
) -> list[LabelledDrawing]:
    """Return the drawings whose class the model has. Raises CannotRetrain."""
    for drawing in drawings:
        if not 0 <= drawing.label <= NOT_A_DIGIT_CLASS:
            raise CannotRetrain("invalid_drawing", f"There is no class {drawing.label}.")
    usable = [d for d in drawings if has_nondigits or d.label != NOT_A_DIGIT_CLASS]
    if not usable:
        raise CannotRetrain("no_training_data", "No drawing has a class of the model.")
    if len({drawing.label for drawing in usable}) == 1:
        raise CannotRetrain("single_class", "All drawings have the same label.")
    return usable


def split_holdout(drawings: Sequence[LabelledDrawing]) -> HoldoutSplit:
    """Split by user: about HOLDOUT_FRACTION of the drawings, of one user at least.

    Users enter the holdout in the order of their sha256, so that they stay in it when others join.
    A user with more drawings than fit is skipped, except that the first may have twice as many.
    """
    counts = Counter(drawing.user for drawing in drawings)
    if len(counts) < MIN_USERS or len(drawings) < MIN_DRAWINGS:
        return HoldoutSplit(list(drawings), [])
    users: set[str] = set()
    limit, num_held_out = HOLDOUT_FRACTION * len(drawings), 0
    for user in sorted(counts, key=_hash_user):
        if num_held_out + counts[user] <= (limit if users else 2 * limit):
            users.add(user)
            num_held_out += counts[user]
    return HoldoutSplit(
        [drawing for drawing in drawings if drawing.user not in users],
        [drawing for drawing in drawings if drawing.user in users],
    )


def render_drawings(drawings: Sequence[LabelledDrawing]) -> tuple[Raster, Labels]:
    """Return unaugmented images (n, 28, 28) uint8 and labels (n,). Raises CannotRetrain."""
    images = np.empty((len(drawings), IMAGE_SIZE, IMAGE_SIZE), dtype=np.uint8)
    for image, drawing in zip(images, drawings, strict=True):
        image[:] = _render_drawing(drawing)
    return images, np.array([drawing.label for drawing in drawings], dtype=np.int64)


def render_repetitions(
    drawings: Sequence[LabelledDrawing],
    repetitions: IntArray,
    rng: np.random.Generator,
) -> EpochDataset:
    """Return each drawing `repetitions` (n,) times, its strokes augmented each time.

    Drawings without strokes come last.
    """
    pairs = zip(drawings, repetitions.tolist(), strict=True)
    repeated = [drawing for drawing, count in pairs for _ in range(count)]
    with_strokes = [drawing for drawing in repeated if drawing.strokes is not None]
    rasters, labels = render_drawings([d for d in repeated if d.strokes is None])
    strokes = [to_strokes(drawing.strokes or ()) for drawing in with_strokes]
    rendered = EpochDataset.from_arrays(
        render_augmented(strokes, rng),
        np.array([drawing.label for drawing in with_strokes], dtype=np.int64),
        sample_strengths(0, len(strokes), rng),
    )
    strengths = sample_strengths(len(rasters), 0, rng)
    return EpochDataset.concat([rendered, EpochDataset.from_arrays(rasters, labels, strengths)])


def _render_drawing(drawing: LabelledDrawing) -> Raster:
    try:
        if drawing.strokes is not None:
            return rasterize(drawing.strokes)
        return np.frombuffer(drawing.raster or b"", dtype=np.uint8).reshape(IMAGE_SIZE, IMAGE_SIZE)
    except (CannotRasterize, ValueError) as error:
        name = f"Drawing {drawing.drawing_id or '(no id)'}"
        raise CannotRetrain("invalid_drawing", f"{name} cannot be rendered: {error}") from error


def _hash_user(user: str) -> str:
    # The prefix must never change: another one would select another holdout.
    return hashlib.sha256(f"aside-{user}".encode()).hexdigest()
