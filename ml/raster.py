"""Strokes to the 28x28 picture the network reads: the one preprocessing, for training and serving
alike.

The form is MNIST's: ink 255 on 0, the ink fitted into 20x20 with its aspect kept, its centre of
mass in the middle. Drawn with Pillow at 112x112 without joints and box-reduced by four: 0.08 ms a
drawing. Imports only numpy and Pillow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Line = npt.NDArray[np.float64]
Strokes = Sequence[Sequence[Sequence[float]]] | Sequence[Line]
Raster = npt.NDArray[np.uint8]

SIZE = 28
BOX = 20.0
PEN_WIDTH = 2.25
OVERSAMPLING = 4

CANVAS = SIZE * OVERSAMPLING
_SHARP_TURN_COS = math.cos(math.radians(18))
_MARGIN = round((SIZE - BOX) / 2 * OVERSAMPLING)
_OFFSETS = np.arange(SIZE) - (SIZE - 1) / 2
_FLAT = np.finfo(np.float64).tiny


class CannotRasterize(ValueError):
    """The strokes hold no point, or one that is not a finite number."""


def rasterize(strokes: Strokes, *, pen_width: float = PEN_WIDTH) -> Raster:
    """Return the (28, 28) uint8 picture of a drawing, ink 255 on 0.

    `strokes` holds strokes of points (x, y, ...) in any unit, y down, |x| and |y| up to 1e5 and
    beyond; what follows x and y is ignored. `pen_width` is in pixels of the result. Raises
    CannotRasterize.
    """
    points, lengths = _flatten(strokes)
    placed = _fit(points, pen_width)
    canvas = Image.new("L", (CANVAS, CANVAS))
    draw = ImageDraw.Draw(canvas)
    width = (
        2 * round((pen_width * OVERSAMPLING - 1) / 2) + 1
    )  # Pillow draws an even width beside its line
    start = 0
    for length in lengths:
        _draw_stroke(draw, placed[start : start + length], width)
        start += length
    return centre_canvas(canvas)


def rasterize_many(drawings: Sequence[Strokes], *, pen_width: float = PEN_WIDTH) -> Raster:
    """Return the pictures of `drawings` as one (n, 28, 28) uint8 array, in their order."""
    rasters = np.empty((len(drawings), SIZE, SIZE), dtype=np.uint8)
    for row, strokes in zip(rasters, drawings, strict=True):
        row[:] = rasterize(strokes, pen_width=pen_width)
    return rasters


def _flatten(strokes: Strokes) -> tuple[Line, list[int]]:
    """Return all points as one (n, 2) array and the number of points of each stroke."""
    try:
        lengths = [len(stroke) for stroke in strokes if len(stroke)]
        if lengths and isinstance(strokes[0], np.ndarray):
            points = np.concatenate(cast("Sequence[Line]", strokes))
        else:
            flat = [point[axis] for stroke in strokes for point in stroke for axis in (0, 1)]
            points = np.array(flat, dtype=np.float64).reshape(-1, 2)
    except (TypeError, IndexError, ValueError) as error:
        raise CannotRasterize("A point is not a pair of numbers.") from error
    if not len(points):
        raise CannotRasterize("The drawing holds no point.")
    if not np.isfinite(points).all():
        raise CannotRasterize("A point is not finite.")
    return points, lengths


def _fit(points: Line, pen_width: float) -> Line:
    """Return the points in canvas pixels, their box and the pen around it fitted into BOX, in the
    canvas's middle."""
    low, high = points.min(axis=0), points.max(axis=0)
    extent = float((high - low).max())
    scale = (BOX - pen_width) * OVERSAMPLING / extent if extent > _FLAT else 1.0
    fitted = (points - (low + high) / 2) * scale
    # Pillow's pixel k covers k to k+1, so that the middle between pixels 55 and 56 has the
    # coordinate 55.5.
    rounded: Line = np.rint(fitted + (CANVAS - 1) / 2)
    return rounded


def centre_canvas(canvas: Image.Image) -> Raster:
    """Shift the centre of mass to the middle by whole canvas pixels, never over the edge, and
    reduce."""
    ink = np.frombuffer(canvas.reduce(OVERSAMPLING).tobytes(), dtype=np.uint8).reshape(SIZE, SIZE)
    total = float(ink.sum(dtype=np.int64)) or 1.0
    right = round(float(ink.sum(axis=0, dtype=np.int64) @ _OFFSETS) / total * OVERSAMPLING)
    down = round(float(ink.sum(axis=1, dtype=np.int64) @ _OFFSETS) / total * OVERSAMPLING)
    right, down = (max(-_MARGIN, min(_MARGIN, shift)) for shift in (right, down))
    shifted = canvas.crop((right, down, right + CANVAS, down + CANVAS)).reduce(OVERSAMPLING)
    return np.frombuffer(shifted.tobytes(), dtype=np.uint8).reshape(SIZE, SIZE).copy()


def _draw_stroke(draw: ImageDraw.ImageDraw, points: Line, width: int) -> None:
    """Draw one stroke; round ends, and a dot on each sharp turn where two straight pieces would
    leave a notch."""
    points = _thin_out(points)
    if len(points) > 1:
        draw.line(points.ravel().tolist(), fill=255, width=width)
    radius = (width - 1) / 2
    for x, y in points[_dotted(points)].tolist():
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def _thin_out(points: Line, step: float = 2.0) -> Line:
    """Drop points that come less than about `step` canvas pixels after the one before; keep both
    ends."""
    if len(points) < 3:
        return points
    steps = points[1:] - points[:-1]
    passed = (np.hypot(steps[:, 0], steps[:, 1]).cumsum() / step).astype(np.int64)
    keep = np.ones(len(points), dtype=bool)
    keep[1:-1] = passed[:-1] != np.concatenate(([0], passed[:-2]))
    return points[keep]


def _dotted(points: Line) -> npt.NDArray[np.bool_]:
    """Say at which points a round dot is due: both ends and every turn of more than 18 degrees."""
    dotted = np.ones(len(points), dtype=bool)
    if len(points) > 2:
        steps = points[1:] - points[:-1]
        norms = np.hypot(steps[:, 0], steps[:, 1])
        dots = np.einsum("ij,ij->i", steps[1:], steps[:-1])
        dotted[1:-1] = dots < _SHARP_TURN_COS * norms[1:] * norms[:-1]
    return dotted
