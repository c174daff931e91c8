"""The same drawing without cropping and centring: drawn large and small, at every place of the
sheet, and reduced to 28x28 as it lies there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from ml.raster import OVERSAMPLING, PEN_WIDTH, SIZE, CannotRasterize, Raster, Strokes

SIZES = (0.85, 0.6, 0.4)
"""Of the sheet's side."""

PLACES = 5
"""Across and down, evenly apart, the first at one edge and the last at the other."""

_CANVAS = SIZE * OVERSAMPLING
_PEN = round(PEN_WIDTH * OVERSAMPLING)
_SHARES = np.linspace(0, 1, PLACES)

Points = npt.NDArray[np.float64]


def place_everywhere(strokes: Strokes | None, raster: Raster) -> Raster:
    """Return rasters (sizes, down, right, 28, 28) of ink, its pen as wide as in training; without
    strokes of the picture that the network saw. Raises CannotRasterize."""
    found = np.empty((len(SIZES), PLACES, PLACES, SIZE, SIZE), np.uint8)
    for place, size in enumerate(SIZES):
        drawn = _draw_ink(strokes, size) if strokes else _resize(raster, size)
        for down, right in np.ndindex(PLACES, PLACES):
            found[place, down, right] = _lay(drawn, float(_SHARES[down]), float(_SHARES[right]))
    return found


def _draw_ink(strokes: Strokes, size: float) -> Image.Image:
    """The ink cut out, its longer side `size` of the sheet, on a fine canvas of its own."""
    lines = [np.array([point[:2] for point in stroke], float) for stroke in strokes if len(stroke)]
    if not lines:
        raise CannotRasterize("The drawing holds no point.")
    points = np.concatenate(lines)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = (size * _CANVAS - _PEN) / max(float(extent.max()), 1e-9)
    wide, high = np.ceil(extent * scale + _PEN).astype(int).tolist()
    canvas = Image.new("L", (wide, high))
    draw = ImageDraw.Draw(canvas)
    for line in lines:
        _draw_line(draw, (line - low) * scale + _PEN / 2)
    return canvas


def _draw_line(draw: ImageDraw.ImageDraw, line: Points) -> None:
    draw.line(line.ravel().tolist(), fill=255, width=_PEN)
    for x, y in line.tolist():
        draw.ellipse((x - _PEN / 2, y - _PEN / 2, x + _PEN / 2, y + _PEN / 2), fill=255)


def _resize(raster: Raster, size: float) -> Image.Image:
    picture = Image.fromarray(raster)
    cut = picture.crop(picture.getbbox())
    scale = size * _CANVAS / max(cut.size)
    wide, high = (max(1, round(side * scale)) for side in cut.size)
    return cut.resize((wide, high), Image.Resampling.BILINEAR)


def _lay(drawn: Image.Image, down: float, right: float) -> Raster:
    sheet = Image.new("L", (_CANVAS, _CANVAS))
    free = (_CANVAS - drawn.width, _CANVAS - drawn.height)
    sheet.paste(drawn, (round(right * free[0]), round(down * free[1])))
    return np.asarray(sheet.reduce(OVERSAMPLING))
