"""Rendering of ink samples to images, unchanged or rotated."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import ImageDraw

from ml.data.datasets import InkSample, PointSequence
from ml.preprocessing.array_types import Labels, Raster, Stroke
from ml.preprocessing.rasterize import rasterize_many
from ml.preprocessing.stroke_geometry import rotate_stroke, to_strokes


def render_inks(inks: Sequence[InkSample]) -> tuple[Raster, Labels]:
    """Return images (n, 28, 28) uint8 and labels (n,)."""
    labels = np.array([ink.label for ink in inks], dtype=np.int64)
    return rasterize_many([ink.strokes for ink in inks]), labels


def render_rotated(inks: Sequence[InkSample], degrees: float) -> tuple[Raster, Labels]:
    """Return images (2n, 28, 28) uint8 and labels (2n,), rotated by +degrees, then by -degrees."""
    rotated = [rotate_strokes(ink.strokes, sign * degrees) for sign in (1, -1) for ink in inks]
    return rasterize_many(rotated), np.array([ink.label for ink in inks] * 2, dtype=np.int64)


def rotate_strokes(strokes: Sequence[PointSequence], degrees: float) -> list[Stroke]:
    """Return the strokes rotated about the origin, clockwise on the screen."""
    return [rotate_stroke(stroke, math.radians(degrees)) for stroke in to_strokes(strokes)]


def draw_round_stroke(draw: ImageDraw.ImageDraw, stroke: Stroke, width: int, fill: int) -> None:
    """Draw a stroke with round joints and ends, `width` pixels wide."""
    draw.line(stroke.ravel().tolist(), fill=fill, width=width)
    for x, y in stroke.tolist():
        draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=fill)
