"""Strokes to the model's 28x28 input: the preprocessing of both training and serving.

The format is MNIST's: ink 255 on 0, fitted into 20x20 with its aspect ratio kept, then centred by
its centre of mass. Pillow draws at 112x112, which is box-filtered to 28x28. A batch is drawn on one
tall canvas: 0.05 ms per drawing. compiled/rasterizer.c does the same in a quarter of the time. If
it was compiled, it is used; this module is its reference. Imports only numpy and Pillow.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence, Sized
from functools import lru_cache
from itertools import accumulate, chain, pairwise
from operator import itemgetter
from typing import cast

import numpy as np
from PIL import Image, ImageDraw

from ml.preprocessing.array_types import BoolArray, FloatArray, IntArray, Raster, Stroke, Strokes
from ml.preprocessing.compiled_rasterizer import Pen, load_compiled_rasterizer

IMAGE_SIZE = 28
INK_BOX_SIZE = 20.0
PEN_WIDTH = 2.25
OVERSAMPLING = 4

CANVAS_SIZE = IMAGE_SIZE * OVERSAMPLING
_CANVAS_BATCH_SIZE = 32  # drawings per canvas: its 0.4 MB fit into the cache of a core
_SHARP_TURN_COS = math.cos(math.radians(18))
_MAX_SHIFT = round((IMAGE_SIZE - INK_BOX_SIZE) / 2 * OVERSAMPLING)
_OFFSETS = np.arange(IMAGE_SIZE) - (IMAGE_SIZE - 1) / 2
# (784, 3): each pixel's contribution to the mass and to its first moments in x and y.
_MOMENTS = np.stack(
    [np.ones(IMAGE_SIZE**2), np.tile(_OFFSETS, IMAGE_SIZE), _OFFSETS.repeat(IMAGE_SIZE)], axis=1
)
_MIN_EXTENT = np.finfo(np.float64).tiny


class CannotRasterize(ValueError):
    """The drawing has no points, or a point that is not a pair of finite numbers."""


def rasterize(strokes: Strokes, *, pen_width: float = PEN_WIDTH) -> Raster:
    """Return the (28, 28) uint8 raster of a drawing, ink 255 on 0. Raises CannotRasterize.

    `strokes` may be in any unit, y down, with |x| and |y| above 1e5. `pen_width` is in pixels of
    the raster.
    """
    raster: Raster = rasterize_many([strokes], pen_width=pen_width)[0]
    return raster


def rasterize_many(drawings: Sequence[Strokes], *, pen_width: float = PEN_WIDTH) -> Raster:
    """Return the rasters (n, 28, 28) uint8 of drawings, in their order. Raises CannotRasterize."""
    compiled, pen = load_compiled_rasterizer(), _select_pen(pen_width)
    if compiled is None or pen is None or not drawings:
        return rasterize_by_pillow(drawings, pen_width=pen_width)
    rasters, is_drawn = compiled.rasterize_points(*_flatten_drawings(drawings), pen)
    for i in np.flatnonzero(~is_drawn).tolist():
        rasters[i] = rasterize_by_pillow([drawings[i]], pen_width=pen_width)[0]
    return rasters


def rasterize_json(inks: Sequence[str]) -> Raster:
    """Return the rasters (n, 28, 28) uint8 of inks in JSON, in their order.

    Raises CannotRasterize.
    """
    compiled, pen = load_compiled_rasterizer(), _select_pen(PEN_WIDTH)
    if compiled is None or pen is None:
        return rasterize_by_pillow([_parse_json(ink) for ink in inks])
    rasters, is_drawn = compiled.rasterize_json(inks, pen)
    for i in np.flatnonzero(~is_drawn).tolist():
        rasters[i] = rasterize_by_pillow([_parse_json(inks[i])])[0]
    return rasters


def rasterize_by_pillow(drawings: Sequence[Strokes], *, pen_width: float = PEN_WIDTH) -> Raster:
    """Return the result of rasterize_many without the compiled rasterizer."""
    rasters = np.empty((len(drawings), IMAGE_SIZE, IMAGE_SIZE), dtype=np.uint8)
    for start in range(0, len(drawings), _CANVAS_BATCH_SIZE):
        batch = slice(start, start + _CANVAS_BATCH_SIZE)
        rasters[batch] = _rasterize_batch(drawings[batch], pen_width)
    return rasters


def scale_to_unit(rasters: Raster) -> FloatArray:
    """Return the model's input (n, 1, 28, 28) float32 in [0, 1] for rasters (n, 28, 28)."""
    return np.multiply(rasters[:, None], np.float32(1 / 255), dtype=np.float32)


def centre_canvas(canvas: Image.Image) -> Raster:
    """Return the raster (28, 28) of a canvas, shifted by whole canvas pixels so that the centre of
    mass is in the middle, but no ink leaves the canvas."""
    [(right, down)] = _compute_centering_shifts(_downsample(canvas))
    shifted = canvas.crop((right, down, right + CANVAS_SIZE, down + CANVAS_SIZE))
    raster: Raster = _downsample(shifted)[0].copy()
    return raster


def _rasterize_batch(drawings: Sequence[Strokes], pen_width: float) -> Raster:
    """Rasterize on one canvas. Points are (2, n); stroke i is bounds[i]:bounds[i + 1]."""
    points, bounds, strokes_of = _flatten_drawings(drawings)
    _fit_to_canvas(points, bounds[strokes_of], pen_width)
    points, bounds = _drop_close_points(points, bounds)
    canvas = _draw_strokes(points, bounds, bounds[strokes_of], pen_width)
    return centre_canvas(canvas)[None] if len(drawings) == 1 else _centre_canvases(canvas)


@lru_cache(maxsize=16)
def _select_pen(pen_width: float) -> Pen | None:
    """Return the pen of the compiled rasterizer, or None for widths that it does not draw: Pillow
    draws lines of one pixel by other rules, and very wide ones leave the canvas."""
    radius = round((pen_width * OVERSAMPLING - 1) / 2)
    if not 1 <= radius <= INK_BOX_SIZE:
        return None
    dot = Image.new("1", (2 * radius + 1, 2 * radius + 1))
    ImageDraw.Draw(dot).ellipse((0, 0, 2 * radius, 2 * radius), fill=1)
    return Pen(
        fit_size=(INK_BOX_SIZE - pen_width) * OVERSAMPLING,
        sharp_turn_cos=_SHARP_TURN_COS,
        radius=radius,
        dot_widths=np.asarray(dot).sum(axis=1).tolist(),
    )


def _parse_json(ink: str) -> Strokes:
    try:
        strokes: Strokes = json.loads(ink)
    except ValueError as error:
        raise CannotRasterize("The ink is not JSON.") from error
    return strokes


def _flatten_drawings(drawings: Sequence[Strokes]) -> tuple[Stroke, IntArray, IntArray]:
    """Return the points (2, n), the bounds of the strokes, and the strokes of each drawing: drawing
    i has the strokes strokes_of[i]:strokes_of[i + 1]."""
    strokes = [[stroke for stroke in strokes if len(stroke)] for strokes in drawings]
    if not all(strokes):
        raise CannotRasterize("The drawing has no points.")
    flat = list(chain.from_iterable(strokes))
    return _flatten(flat), _find_bounds(flat), _find_bounds(strokes)


def _flatten(strokes: Sequence[Sequence[Sequence[float]] | Stroke]) -> Stroke:
    try:
        if all(isinstance(stroke, np.ndarray) for stroke in strokes):
            joined = np.concatenate(cast("Sequence[Stroke]", strokes))
            points = joined[:, :2].astype(np.float64).T.copy()
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
    """Convert the points to canvas pixels, in place: fit each drawing, with the pen around it, into
    INK_BOX_SIZE in the middle of its canvas."""
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
    # The middle is the edge of pixels 55 and 56, which is 55.5 for Pillow.
    points += (CANVAS_SIZE - 1) / 2
    np.rint(points, out=points)


def _drop_close_points(
    points: Stroke, bounds: IntArray, spacing: float = 2.0
) -> tuple[Stroke, IntArray]:
    """Return points about `spacing` canvas pixels apart, with both ends of each stroke."""
    distance = np.zeros(points.shape[1])  # along the stroke
    steps = points[:, 1:] - points[:, :-1]
    np.hypot(steps[0], steps[1], out=distance[1:])
    distance[bounds[:-1]] = 0
    for start, end in pairwise(bounds.tolist()):
        distance[start:end].cumsum(out=distance[start:end])
    interval = (distance / spacing).astype(np.int64)
    keep = np.ones(len(distance), dtype=bool)
    np.not_equal(interval[1:], interval[:-1], out=keep[1:])
    _mark_ends(keep, bounds)
    num_kept = np.zeros(len(keep) + 1, dtype=np.int64)
    keep.cumsum(out=num_kept[1:])
    return points[:, keep], num_kept[bounds]


def _draw_strokes(
    points: Stroke, bounds: IntArray, drawing_bounds: IntArray, pen_width: float
) -> Image.Image:
    """Return a canvas with the drawings below each other. Ends and sharp turns get dots;
    without them two segments leave a notch at their joint."""
    # Pillow does not centre a line of even width.
    width = 2 * round((pen_width * OVERSAMPLING - 1) / 2) + 1
    is_dot = _find_sharp_turns(points, bounds)
    count = len(drawing_bounds) - 1
    if count > 1:
        tops = np.arange(count) * CANVAS_SIZE
        points[1] += tops.repeat(drawing_bounds[1:] - drawing_bounds[:-1])
    canvas = Image.new("L", (CANVAS_SIZE, CANVAS_SIZE * count))
    draw, xys = ImageDraw.Draw(canvas), points.T.ravel().tolist()
    for start, end in pairwise(bounds.tolist()):
        if end - start > 1:
            draw.line(xys[2 * start : 2 * end], fill=255, width=width)
    dots, radius = points[:, is_dot], (width - 1) / 2
    for box in np.concatenate((dots - radius, dots + radius)).T.tolist():
        draw.draw.draw_ellipse(box, 255, 1)  # `ellipse` parses the colour for each dot
    return canvas


def _find_sharp_turns(points: Stroke, bounds: IntArray) -> BoolArray:
    """Return a mask of the ends of strokes and the turns of more than 18 degrees."""
    is_dot = np.ones(points.shape[1], dtype=bool)
    steps = points[:, 1:] - points[:, :-1]
    norms = np.hypot(steps[0], steps[1])
    turns = steps[:, 1:] * steps[:, :-1]
    np.less(turns[0] + turns[1], _SHARP_TURN_COS * norms[1:] * norms[:-1], out=is_dot[1:-1])
    _mark_ends(is_dot, bounds)
    return is_dot


def _mark_ends(marks: BoolArray, bounds: IntArray) -> None:
    marks[bounds[:-1]] = True
    marks[bounds[1:] - 1] = True


def _centre_canvases(canvas: Image.Image) -> Raster:
    """Return the rasters (n, 28, 28) of a canvas with n drawings; see centre_canvas."""
    canvases = np.asarray(canvas).reshape(-1, CANVAS_SIZE, CANVAS_SIZE)
    shifted = np.zeros_like(canvases)
    shifts = _compute_centering_shifts(_downsample(canvas))
    for target, source, (right, down) in zip(shifted, canvases, shifts, strict=True):
        target_slices, source_slices = zip(
            _overlap_slices(down), _overlap_slices(right), strict=True
        )
        target[target_slices] = source[source_slices]
    return _downsample(Image.frombuffer("L", canvas.size, shifted, "raw", "L", 0, 1))


def _compute_centering_shifts(ink: Raster) -> list[list[int]]:
    """Return the offset (right, down) of each centre of mass from the middle in canvas pixels, at
    most _MAX_SHIFT."""
    moments = ink.reshape(len(ink), -1).astype(np.float64) @ _MOMENTS
    means = moments[:, 1:] / np.maximum(moments[:, :1], 1.0)
    shifts: list[list[int]] = np.rint(means * OVERSAMPLING).astype(int).tolist()
    return [[max(-_MAX_SHIFT, min(_MAX_SHIFT, shift)) for shift in pair] for pair in shifts]


def _overlap_slices(shift: int) -> tuple[slice, slice]:
    """Return the target and source slices of one axis for a shift by `shift` pixels."""
    before, after = max(0, -shift), max(0, shift)
    return slice(before, CANVAS_SIZE - after), slice(after, CANVAS_SIZE - before)


def _downsample(canvas: Image.Image) -> Raster:
    reduced = canvas.reduce(OVERSAMPLING)
    return np.frombuffer(reduced.tobytes(), np.uint8).reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
