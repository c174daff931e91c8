"""A drawing without cropping and centring: drawn at several sizes and positions of the canvas."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from ml.data.render_ink_samples import draw_round_stroke
from ml.preprocessing.array_types import Raster, Strokes
from ml.preprocessing.rasterize import IMAGE_SIZE, OVERSAMPLING, PEN_WIDTH, CannotRasterize
from ml.preprocessing.stroke_geometry import to_strokes

RELATIVE_SIZES = (0.85, 0.6, 0.4)
"""Fractions of the canvas size."""

NUM_POSITIONS = 5
"""On each axis, evenly spaced from edge to edge."""

_CANVAS_SIZE = IMAGE_SIZE * OVERSAMPLING
_CANVAS_PEN_WIDTH = round(PEN_WIDTH * OVERSAMPLING)
_RELATIVE_POSITIONS = np.linspace(0, 1, NUM_POSITIONS).tolist()


def render_at_positions(strokes: Strokes | None, raster: Raster) -> Raster:
    """Return rasters (sizes, rows, columns, 28, 28) of strokes in the usual pen width, or of the
    resized raster if there are no strokes. Raises CannotRasterize."""
    rasters = np.empty(
        (len(RELATIVE_SIZES), NUM_POSITIONS, NUM_POSITIONS, IMAGE_SIZE, IMAGE_SIZE), np.uint8
    )
    for size_index, size in enumerate(RELATIVE_SIZES):
        drawing = _draw_ink(strokes, size) if strokes else _resize_raster(raster, size)
        for row, y in enumerate(_RELATIVE_POSITIONS):
            for column, x in enumerate(_RELATIVE_POSITIONS):
                rasters[size_index, row, column] = _paste_on_canvas(drawing, x, y)
    return rasters


def _draw_ink(strokes: Strokes, size: float) -> Image.Image:
    """Return the cropped drawing, its longer side `size` of the canvas."""
    lines = to_strokes(strokes)
    if not lines:
        raise CannotRasterize("The drawing has no points.")
    points = np.concatenate(lines)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = (size * _CANVAS_SIZE - _CANVAS_PEN_WIDTH) / max(float(extent.max()), 1e-9)
    width, height = np.ceil(extent * scale + _CANVAS_PEN_WIDTH).astype(int).tolist()
    drawing = Image.new("L", (width, height))
    draw = ImageDraw.Draw(drawing)
    for line in lines:
        shifted = (line - low) * scale + _CANVAS_PEN_WIDTH / 2
        draw_round_stroke(draw, shifted, _CANVAS_PEN_WIDTH, fill=255)
    return drawing


def _resize_raster(raster: Raster, size: float) -> Image.Image:
    image = Image.fromarray(raster)
    cropped = image.crop(image.getbbox())
    scale = size * _CANVAS_SIZE / max(cropped.size)
    width, height = (max(1, round(side * scale)) for side in cropped.size)
    return cropped.resize((width, height), Image.Resampling.BILINEAR)


def _paste_on_canvas(drawing: Image.Image, x: float, y: float) -> Raster:
    canvas = Image.new("L", (_CANVAS_SIZE, _CANVAS_SIZE))
    free_x, free_y = _CANVAS_SIZE - drawing.width, _CANVAS_SIZE - drawing.height
    canvas.paste(drawing, (round(x * free_x), round(y * free_y)))
    return np.asarray(canvas.reduce(OVERSAMPLING))
