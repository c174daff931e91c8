"""Inks of a data set drawn into pictures as people send them, and read back by ml.pictures: small,
with a thin pen, with a thick one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw

from ml.datasets import Ink, Part, load_pen
from ml.inks import Labels
from ml.pictures import read_picture
from ml.raster import Raster

SIDE = 280
_FINE = 2


@dataclass(frozen=True, slots=True)
class Drawn:
    """How large a digit is drawn, and how wide its pen, in pixels of a picture of SIDE x SIDE."""

    extent: int
    pen: int


BITMAP_SETS = {"small": Drawn(40, 4), "thin": Drawn(260, 4), "thick": Drawn(140, 36)}


@cache
def load_bitmap_sets(part: Part) -> dict[str, tuple[Raster, Labels]]:
    """Return the reading of each pen drawing of a part, drawn small, thin and thick at any place;
    about 10 ms a drawing."""
    inks = load_pen(part)
    labels = np.array([ink.label for ink in inks], dtype=np.int64)
    return {name: (read_drawn(inks, drawn), labels) for name, drawn in BITMAP_SETS.items()}


def read_drawn(inks: Sequence[Ink], drawn: Drawn, seed: int = 1) -> Raster:
    """Return the rasters (n, 28, 28) of the inks, drawn so and read as pictures."""
    rng = np.random.default_rng(seed)
    return np.stack([read_picture(draw_bitmap(ink, drawn, rng)) for ink in inks])


def draw_bitmap(ink: Ink, drawn: Drawn, rng: np.random.Generator) -> bytes:
    """Return a PNG of the ink in black on white, its edges smooth, at a random place."""
    points = np.concatenate([np.array(stroke) for stroke in ink.strokes])
    low, high = points.min(axis=0), points.max(axis=0)
    scale = _FINE * (drawn.extent - drawn.pen) / max(float((high - low).max()), 1e-9)
    pen = _FINE * drawn.pen
    free = _FINE * SIDE - (high - low) * scale - pen
    place = rng.uniform(0, 1, 2) * free + pen / 2
    canvas = Image.new("L", (_FINE * SIDE, _FINE * SIDE), 255)
    draw = ImageDraw.Draw(canvas)
    for stroke in ink.strokes:
        line = (np.array(stroke) - low) * scale + place
        draw.line(line.ravel().tolist(), fill=0, width=pen)
        for x, y in line.tolist():
            draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=0)
    data = BytesIO()
    canvas.reduce(_FINE).save(data, "PNG", compress_level=1)
    return data.getvalue()
