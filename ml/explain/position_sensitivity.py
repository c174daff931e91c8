"""The same drawing without cropping and centring: drawn large and small, at every place of the
sheet, and reduced to 28x28 as it lies there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from ml.preprocessing.rasterize import (
    IMAGE_SIZE,
    OVERSAMPLING,
    PEN_WIDTH,
    CannotRasterize,
    Raster,
    Strokes,
)

RELATIVE_SIZES = (0.85, 0.6, 0.4)
"""Of the sheet's side."""

NUM_POSITIONS = 5
"""Across and down, evenly apart, the first at one edge and the last at the other."""

_CANVAS_SIZE = IMAGE_SIZE * OVERSAMPLING
_CANVAS_PEN_WIDTH = round(PEN_WIDTH * OVERSAMPLING)
_RELATIVE_POSITIONS = np.linspace(0, 1, NUM_POSITIONS)

PointArray = npt.NDArray[np.float64]


def render_at_positions(strokes: Strokes | None, raster: Raster) -> Raster:
    """Return rasters (sizes, down, right, 28, 28) of ink, its pen as wide as in training; without
    strokes of the picture that the network saw. Raises CannotRasterize."""
    found = np.empty(
        (len(RELATIVE_SIZES), NUM_POSITIONS, NUM_POSITIONS, IMAGE_SIZE, IMAGE_SIZE), np.uint8
    )
    for place, size in enumerate(RELATIVE_SIZES):
        drawn = _draw_ink(strokes, size) if strokes else _resize_raster(raster, size)
        for down, right in np.ndindex(NUM_POSITIONS, NUM_POSITIONS):
            found[place, down, right] = _paste_on_canvas(
                drawn, float(_RELATIVE_POSITIONS[down]), float(_RELATIVE_POSITIONS[right])
            )
    return found


def _draw_ink(strokes: Strokes, size: float) -> Image.Image:
    """The ink cut out, its longer side `size` of the sheet, on a fine canvas of its own."""
    lines = [np.array([point[:2] for point in stroke], float) for stroke in strokes if len(stroke)]
    if not lines:
        raise CannotRasterize("The drawing holds no point.")
    points = np.concatenate(lines)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = (size * _CANVAS_SIZE - _CANVAS_PEN_WIDTH) / max(float(extent.max()), 1e-9)
    wide, high = np.ceil(extent * scale + _CANVAS_PEN_WIDTH).astype(int).tolist()
    canvas = Image.new("L", (wide, high))
    draw = ImageDraw.Draw(canvas)
    for line in lines:
        _draw_stroke(draw, (line - low) * scale + _CANVAS_PEN_WIDTH / 2)
    return canvas


def _draw_stroke(draw: ImageDraw.ImageDraw, line: PointArray) -> None:
    draw.line(line.ravel().tolist(), fill=255, width=_CANVAS_PEN_WIDTH)
    for x, y in line.tolist():
        draw.ellipse(
            (
                x - _CANVAS_PEN_WIDTH / 2,
                y - _CANVAS_PEN_WIDTH / 2,
                x + _CANVAS_PEN_WIDTH / 2,
                y + _CANVAS_PEN_WIDTH / 2,
            ),
            fill=255,
        )


def _resize_raster(raster: Raster, size: float) -> Image.Image:
    picture = Image.fromarray(raster)
    cut = picture.crop(picture.getbbox())
    scale = size * _CANVAS_SIZE / max(cut.size)
    wide, high = (max(1, round(side * scale)) for side in cut.size)
    return cut.resize((wide, high), Image.Resampling.BILINEAR)


def _paste_on_canvas(drawn: Image.Image, down: float, right: float) -> Raster:
    sheet = Image.new("L", (_CANVAS_SIZE, _CANVAS_SIZE))
    free = (_CANVAS_SIZE - drawn.width, _CANVAS_SIZE - drawn.height)
    sheet.paste(drawn, (round(right * free[0]), round(down * free[1])))
    return np.asarray(sheet.reduce(OVERSAMPLING))
