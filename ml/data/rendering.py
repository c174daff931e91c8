"""Inks of a data set made into pictures, as they are and turned."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ml.data.datasets import InkSample, PointSequence
from ml.preprocessing.rasterize import Raster, rasterize_many

Labels = npt.NDArray[np.int64]


def render_inks(inks: Sequence[InkSample]) -> tuple[Raster, Labels]:
    """Return the pictures (n, 28, 28) uint8 and labels (n,) int64 of some inks."""
    return rasterize_many([ink.strokes for ink in inks]), np.array(
        [ink.label for ink in inks], dtype=np.int64
    )


def render_rotated(inks: Sequence[InkSample], degrees: float) -> tuple[Raster, Labels]:
    """Return pictures and labels of the inks turned by +degrees, then of the same turned by
    -degrees."""
    turned = [rotate_strokes(ink.strokes, sign * degrees) for sign in (1, -1) for ink in inks]
    return rasterize_many(turned), np.array([ink.label for ink in inks] * 2, dtype=np.int64)


def rotate_strokes(
    strokes: Sequence[PointSequence], degrees: float
) -> list[list[tuple[float, float]]]:
    """Return the strokes turned about the origin; with y down a positive angle turns clockwise."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [[(x * cos - y * sin, x * sin + y * cos) for x, y in stroke] for stroke in strokes]
