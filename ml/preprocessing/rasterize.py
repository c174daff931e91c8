"""Strokes to the 28x28 picture the network reads: the one preprocessing, for training and serving
alike.

The form is MNIST's: ink 255 on 0, the ink fitted into 20x20 with its aspect kept, its centre of
mass in the middle. Drawn with Pillow at 112x112 without joints and box-reduced by four, many
drawings below each other on one canvas: 0.05 ms a drawing. Imports only numpy and Pillow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence, Sized
from itertools import accumulate, chain, pairwise
from operator import itemgetter
from typing import cast

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Stroke = npt.NDArray[np.float64]
Strokes = Sequence[Sequence[Sequence[float]]] | Sequence[Stroke]
Raster = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int64]

IMAGE_SIZE = 28
INK_BOX_SIZE = 20.0
PEN_WIDTH = 2.25
OVERSAMPLING = 4

CANVAS_SIZE = IMAGE_SIZE * OVERSAMPLING
_CANVAS_BATCH_SIZE = 32  # on one canvas: its 0.4 MB stay in the core's own cache
_SHARP_TURN_COS = math.cos(math.radians(18))
_MAX_SHIFT = round((IMAGE_SIZE - INK_BOX_SIZE) / 2 * OVERSAMPLING)
_OFFSETS = np.arange(IMAGE_SIZE) - (IMAGE_SIZE - 1) / 2
# What each pixel adds to the mass and to its first moments to the right and down.
_MOMENTS = np.stack(
    [np.ones(IMAGE_SIZE**2), np.tile(_OFFSETS, IMAGE_SIZE), _OFFSETS.repeat(IMAGE_SIZE)], axis=1
)
_MIN_EXTENT = np.finfo(np.float64).tiny


class CannotRasterize(ValueError):
    """The strokes hold no point, or one that is not a finite number."""


def rasterize(strokes: Strokes, *, pen_width: float = PEN_WIDTH) -> Raster:
    """Return the (28, 28) uint8 picture of a drawing, ink 255 on 0.

    `strokes` holds strokes of points (x, y, ...) in any unit, y down, |x| and |y| up to 1e5 and
    beyond; what follows x and y is ignored. `pen_width` is in pixels of the result. Raises
    CannotRasterize.
    """
    raster: Raster = _rasterize_batch([strokes], pen_width)[0]
    return raster


def rasterize_many(drawings: Sequence[Strokes], *, pen_width: float = PEN_WIDTH) -> Raster:
    """Return the pictures of `drawings` as one (n, 28, 28) uint8 array, in their order."""
    rasters = np.empty((len(drawings), IMAGE_SIZE, IMAGE_SIZE), dtype=np.uint8)
    for start in range(0, len(drawings), _CANVAS_BATCH_SIZE):
        some = slice(start, start + _CANVAS_BATCH_SIZE)
        rasters[some] = _rasterize_batch(drawings[some], pen_width)
    return rasters


def centre_canvas(canvas: Image.Image) -> Raster:
    """Shift the centre of mass to the middle by whole canvas pixels, never over the edge, and
    reduce."""
    [(right, down)] = _compute_centering_shifts(_downsample(canvas))
    raster: Raster = _downsample(
        canvas.crop((right, down, right + CANVAS_SIZE, down + CANVAS_SIZE))
    )[0]
    return raster.copy()


def _rasterize_batch(drawings: Sequence[Strokes], pen_width: float) -> Raster:
    """All points are one (2, n) array, in which stroke i goes from bounds[i] to bounds[i + 1]."""
    strokes = [[stroke for stroke in strokes if len(stroke)] for strokes in drawings]
    if not all(strokes):
        raise CannotRasterize("The drawing holds no point.")
    flat = list(chain.from_iterable(strokes))
    points, bounds = _flatten(flat), _find_bounds(flat)
    strokes_of = _find_bounds(strokes)
    _fit_to_canvas(points, bounds[strokes_of], pen_width)
    points, bounds = _drop_close_points(points, bounds)
    canvas = _draw_strokes(points, bounds, bounds[strokes_of], pen_width)
    return centre_canvas(canvas)[None] if len(drawings) == 1 else _centre_canvases(canvas)


def _flatten(strokes: Sequence[Sequence[Sequence[float]] | Stroke]) -> Stroke:
    try:
        if all(isinstance(stroke, np.ndarray) for stroke in strokes):
            points = (
                np.concatenate(cast("Sequence[Stroke]", strokes))[:, :2].astype(np.float64).T.copy()
            )
        else:
            rows = list(chain.from_iterable(strokes))
            points = np.empty((2, len(rows)))
            for axis in (0, 1):
                points[axis] = np.fromiter(map(itemgetter(axis), rows), np.float64, len(rows))
    except (TypeError, IndexError, ValueError) as error:
        raise CannotRasterize("A point is not a pair of numbers.") from error
    if not np.isfinite(points).all():
        raise CannotRasterize("A point is not finite.")
    return points


def _find_bounds(parts: Sequence[Sized]) -> IntArray:
    return np.fromiter(accumulate(map(len, parts), initial=0), np.int64, len(parts) + 1)


def _fit_to_canvas(points: Stroke, drawing_bounds: IntArray, pen_width: float) -> None:
    """Bring the points to canvas pixels: each drawing's box and the pen around it fitted into BOX,
    in its canvas's middle."""
    starts = drawing_bounds[:-1]
    low, high = np.minimum.reduceat(points, starts, 1), np.maximum.reduceat(points, starts, 1)
    extent = (high - low).max(axis=0)
    scale = np.ones(len(starts))
    np.divide(
        (INK_BOX_SIZE - pen_width) * OVERSAMPLING, extent, out=scale, where=extent > _MIN_EXTENT
    )
    counts = drawing_bounds[1:] - starts
    points -= ((low + high) / 2).repeat(counts, axis=1)
    points *= scale.repeat(counts)
    # Pillow's pixel k covers k to k+1, so that the middle between pixels 55 and 56 has the
    # coordinate 55.5.
    points += (CANVAS_SIZE - 1) / 2
    np.rint(points, out=points)


def _drop_close_points(
    points: Stroke, bounds: IntArray, step: float = 2.0
) -> tuple[Stroke, IntArray]:
    """Drop points that come less than about `step` canvas pixels after the one before; keep both
    ends of each stroke."""
    way = np.zeros(points.shape[1])
    steps = points[:, 1:] - points[:, :-1]
    np.hypot(steps[0], steps[1], out=way[1:])
    way[bounds[:-1]] = 0
    for start, end in pairwise(bounds.tolist()):
        way[start:end].cumsum(out=way[start:end])
    passed = (way / step).astype(np.int64)
    keep = np.ones(len(way), dtype=bool)
    np.not_equal(passed[1:], passed[:-1], out=keep[1:])
    _mark_ends(keep, bounds)
    kept = np.zeros(len(keep) + 1, dtype=np.int64)
    keep.cumsum(out=kept[1:])
    return points[:, keep], kept[bounds]


def _draw_strokes(
    points: Stroke, bounds: IntArray, drawing_bounds: IntArray, pen_width: float
) -> Image.Image:
    """Draw each drawing below the one before: strokes with round ends, and a dot on each sharp
    turn where two straight pieces would leave a notch."""
    # Pillow draws an even width beside its line.
    width = 2 * round((pen_width * OVERSAMPLING - 1) / 2) + 1
    dotted = _find_sharp_turns(points, bounds)
    number = len(drawing_bounds) - 1
    if number > 1:
        tops = np.arange(number) * CANVAS_SIZE
        points[1] += tops.repeat(drawing_bounds[1:] - drawing_bounds[:-1])
    canvas = Image.new("L", (CANVAS_SIZE, CANVAS_SIZE * number))
    draw, xys = ImageDraw.Draw(canvas), points.T.ravel().tolist()
    for start, end in pairwise(bounds.tolist()):
        if end - start > 1:
            draw.line(xys[2 * start : 2 * end], fill=255, width=width)
    dots, radius = points[:, dotted], (width - 1) / 2
    for box in np.concatenate((dots - radius, dots + radius)).T.tolist():
        draw.draw.draw_ellipse(box, 255, 1)  # `ellipse` looks the ink up anew for each dot
    return canvas


def _find_sharp_turns(points: Stroke, bounds: IntArray) -> npt.NDArray[np.bool_]:
    """Say at which points a round dot is due: both ends and every turn of more than 18 degrees."""
    dotted = np.ones(points.shape[1], dtype=bool)
    steps = points[:, 1:] - points[:, :-1]
    norms = np.hypot(steps[0], steps[1])
    turns = steps[:, 1:] * steps[:, :-1]
    np.less(turns[0] + turns[1], _SHARP_TURN_COS * norms[1:] * norms[:-1], out=dotted[1:-1])
    _mark_ends(dotted, bounds)
    return dotted


def _mark_ends(marks: npt.NDArray[np.bool_], bounds: IntArray) -> None:
    marks[bounds[:-1]] = True
    marks[bounds[1:] - 1] = True


def _centre_canvases(canvas: Image.Image) -> Raster:
    """Return what `centre_canvas` returns, of each drawing."""
    whole = np.asarray(canvas).reshape(-1, CANVAS_SIZE, CANVAS_SIZE)
    moved = np.zeros_like(whole)
    for to, drawn, (right, down) in zip(
        moved, whole, _compute_centering_shifts(_downsample(canvas)), strict=True
    ):
        into, out_of = zip(_overlap_slices(down), _overlap_slices(right), strict=True)
        to[into] = drawn[out_of]
    return _downsample(Image.frombuffer("L", canvas.size, moved, "raw", "L", 0, 1))


def _compute_centering_shifts(ink: Raster) -> list[list[int]]:
    """Say by how many canvas pixels each drawing's mass lies to the right and down."""
    moments = ink.reshape(len(ink), -1).astype(np.float64) @ _MOMENTS
    means = moments[:, 1:] / np.maximum(moments[:, :1], 1.0)
    shifts: list[list[int]] = np.rint(means * OVERSAMPLING).astype(int).tolist()
    return [[max(-_MAX_SHIFT, min(_MAX_SHIFT, shift)) for shift in pair] for pair in shifts]


def _overlap_slices(shift: int) -> tuple[slice, slice]:
    """Where what stays on the canvas goes, and where it comes from."""
    before, after = max(0, -shift), max(0, shift)
    return slice(before, CANVAS_SIZE - after), slice(after, CANVAS_SIZE - before)


def _downsample(canvas: Image.Image) -> Raster:
    reduced = canvas.reduce(OVERSAMPLING)
    return np.frombuffer(reduced.tobytes(), np.uint8).reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
