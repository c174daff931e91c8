"""Augmentation of strokes before rendering, in numpy: about 0.1 ms per drawing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml.preprocessing.array_types import Raster, Stroke
from ml.preprocessing.rasterize import IMAGE_SIZE, OVERSAMPLING, rasterize_many
from ml.preprocessing.stroke_geometry import densify_stroke, smooth_stroke
from ml.training_config import StrokeAugmentation

_POLYGON_SPACING = 0.12, 0.45
_THICK_PEN_WIDTH = 4.25, 6.0
_GRID_FRACTION, _GRID_SPACING = 0.4, (0.08, 0.25)
_POLYGON_STEPS = 6
"""Segments are divided, because points are dropped and moved later."""


def augment_strokes(
    strokes: list[Stroke], augmentation: StrokeAugmentation, rng: np.random.Generator
) -> list[Stroke]:
    """Return an augmented copy of a drawing, in units of its extent and centred on the origin.

    In this order: resample the points, trim the ends, shift and scale each stroke, warp, add
    jitter, apply one affine map.
    """
    if augmentation.polygons and rng.random() < augmentation.polygons:
        strokes = reduce_to_polygons(strokes, rng)
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    centre, extent = (low + high) / 2, max(float((high - low).max()), 1e-9)
    parts = [
        (_trim_ends(_resample_points(stroke, augmentation, rng), augmentation, rng) - centre)
        / extent
        for stroke in strokes
    ]
    lengths = [len(part) for part in parts]
    shifts = rng.normal(0, augmentation.stroke_shift, (len(strokes), 2))
    scales = rng.normal(1, augmentation.stroke_scale, (len(strokes), 2))
    if len(parts) > 1:
        parts = [
            (part - part.mean(axis=0)) * scale + part.mean(axis=0) + shift
            for part, shift, scale in zip(parts, shifts, scales, strict=True)
        ]
    moved = np.concatenate(parts)
    moved = _warp_points(moved, augmentation.warp, rng)
    moved = moved + _sample_jitter(len(moved), augmentation.jitter, rng)
    moved = moved @ _sample_affine_matrix(augmentation, rng)
    return np.split(moved, np.cumsum(lengths)[:-1])


def reduce_to_polygons(strokes: list[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Return the strokes with a few straight segments each, as a slow or coarse device reports
    them."""
    points = np.concatenate(strokes)
    extent = max(float(np.ptp(points, axis=0).max()), 1e-9)
    spacing = rng.uniform(*_POLYGON_SPACING) * extent
    has_grid = rng.random() < _GRID_FRACTION
    grid = rng.uniform(*_GRID_SPACING) * extent if has_grid else 1e-6 * extent
    return [_reduce_to_polygon(stroke, spacing, grid, rng) for stroke in strokes]


def _reduce_to_polygon(
    stroke: Stroke, spacing: float, grid: float, rng: np.random.Generator
) -> Stroke:
    """Return points at about equal distances along a stroke, rounded to a grid and connected by
    straight segments."""
    position = np.concatenate([[0], np.linalg.norm(np.diff(stroke, axis=0), axis=1).cumsum()])
    count = max(round(float(position[-1]) / spacing), 1)
    corners = np.arange(count + 1) + rng.uniform(-0.3, 0.3, count + 1)
    corners = np.clip(corners / count, 0, 1) * position[-1]
    corners[0], corners[-1] = 0, position[-1]
    polygon = np.stack([np.interp(corners, position, stroke[:, axis]) for axis in (0, 1)], axis=1)
    return densify_stroke(np.round(polygon / grid) * grid, _POLYGON_STEPS)


def sample_pen_width(augmentation: StrokeAugmentation, rng: np.random.Generator) -> float:
    """Return a pen width in pixels of the raster, drawn from a log-uniform distribution and rounded
    to one that is drawn exactly, an odd number of canvas pixels."""
    is_thick = augmentation.thick and rng.random() < augmentation.thick
    low, high = np.log(_THICK_PEN_WIDTH if is_thick else augmentation.pen_width)
    width = OVERSAMPLING * np.exp(rng.uniform(low, high))
    return float(2 * np.round((width - 1) / 2) + 1) / OVERSAMPLING


def render_augmented(
    drawings: Sequence[list[Stroke]],
    rng: np.random.Generator,
    augmentation: StrokeAugmentation | None = None,
) -> Raster:
    """Return images (n, 28, 28) uint8 of drawings, each with its own augmentation and pen width."""
    augmentation = augmentation or StrokeAugmentation()
    images = np.empty((len(drawings), IMAGE_SIZE, IMAGE_SIZE), dtype=np.uint8)
    widths = np.array([sample_pen_width(augmentation, rng) for _ in drawings])
    augmented = [augment_strokes(strokes, augmentation, rng) for strokes in drawings]
    for width in np.unique(widths).tolist():  # few: a batch takes a third of the time
        rows = np.flatnonzero(widths == width)
        images[rows] = rasterize_many([augmented[row] for row in rows.tolist()], pen_width=width)
    return images


def _resample_points(
    stroke: Stroke, augmentation: StrokeAugmentation, rng: np.random.Generator
) -> Stroke:
    """Drop points, smooth, do both or neither: devices sample from 10 to 240 times a second."""
    if len(stroke) < 4:
        return stroke
    choice = rng.random()
    if choice < 0.6:
        keep = rng.random(len(stroke)) >= augmentation.drop * rng.random()
        keep[0] = keep[-1] = True
        stroke = stroke[keep]
    return smooth_stroke(stroke) if 0.3 < choice < 0.9 else stroke


def _trim_ends(
    stroke: Stroke, augmentation: StrokeAugmentation, rng: np.random.Generator
) -> Stroke:
    if len(stroke) < 8:
        return stroke
    first, last = (rng.random(2) ** 3 * augmentation.trim * len(stroke)).astype(int).tolist()
    return stroke[first : len(stroke) - last]


def _warp_points(points: Stroke, amount: float, rng: np.random.Generator) -> Stroke:
    """Add a smooth displacement field: two plane sine waves of about one period per drawing."""
    waves = rng.normal(0, 4.0, (2, 2))
    phases = rng.uniform(0, 2 * np.pi, 2)
    amplitudes = rng.normal(0, amount, (2, 2))
    warped: Stroke = points + np.sin(points @ waves + phases) @ amplitudes
    return warped


def _sample_jitter(count: int, amount: float, rng: np.random.Generator) -> Stroke:
    """Return a displacement of each point (count, 2): noise with a moving average over five."""
    noise = rng.normal(0, amount * rng.random(), (count + 4, 2))
    summed = np.concatenate([np.zeros((1, 2)), noise.cumsum(axis=0)])
    jitter: Stroke = (summed[5:] - summed[:-5]) / 2.2
    return jitter


def _sample_affine_matrix(augmentation: StrokeAugmentation, rng: np.random.Generator) -> Stroke:
    """Return a (2, 2) matrix, to be multiplied from the right: aspect, then shear, then
    rotation."""
    angle = np.radians(augmentation.rotation) * _sample_peaked(rng)
    shear = augmentation.shear * _sample_peaked(rng)
    aspect = np.exp(augmentation.aspect * _sample_peaked(rng) / 2)
    cos, sin = np.cos(angle), np.sin(angle)
    stretch = np.array([[aspect, 0.0], [shear / aspect, 1 / aspect]])
    matrix: Stroke = stretch @ np.array([[cos, sin], [-sin, cos]])
    return matrix


def _sample_peaked(rng: np.random.Generator) -> float:
    """Return a number in [-1, 1] with a distribution that peaks at 0, so that extreme values are
    rare."""
    first, second = rng.uniform(-1, 1, 2)
    return float(first + 0.5 * second) / 1.5
