"""Inks of a data set drawn into pictures as people send them, and read back by
ml.preprocessing.image_upload: small,
with a thin pen, with a thick one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw

from ml.data.datasets import InkSample, SplitName, load_pen
from ml.data.rendering import Labels
from ml.preprocessing.image_upload import decode_upload
from ml.preprocessing.rasterize import Raster

UPLOAD_SIZE = 280
_OVERSAMPLING = 2


@dataclass(frozen=True, slots=True)
class UploadStyle:
    """How large a digit is drawn, and how wide its pen, in pixels of a picture of SIDE x SIDE."""

    extent: int
    pen: int


UPLOAD_STYLES = {
    "small": UploadStyle(40, 4),
    "thin": UploadStyle(260, 4),
    "thick": UploadStyle(140, 36),
}


@cache
def load_upload_sets(part: SplitName) -> dict[str, tuple[Raster, Labels]]:
    """Return the reading of each pen drawing of a part, drawn small, thin and thick at any place;
    about 10 ms a drawing."""
    inks = load_pen(part)
    labels = np.array([ink.label for ink in inks], dtype=np.int64)
    return {name: (render_as_uploads(inks, drawn), labels) for name, drawn in UPLOAD_STYLES.items()}


def render_as_uploads(inks: Sequence[InkSample], drawn: UploadStyle, seed: int = 1) -> Raster:
    """Return the rasters (n, 28, 28) of the inks, drawn so and read as pictures."""
    rng = np.random.default_rng(seed)
    return np.stack([decode_upload(draw_upload_png(ink, drawn, rng)) for ink in inks])


def draw_upload_png(ink: InkSample, drawn: UploadStyle, rng: np.random.Generator) -> bytes:
    """Return a PNG of the ink in black on white, its edges smooth, at a random place."""
    points = np.concatenate([np.array(stroke) for stroke in ink.strokes])
    low, high = points.min(axis=0), points.max(axis=0)
    scale = _OVERSAMPLING * (drawn.extent - drawn.pen) / max(float((high - low).max()), 1e-9)
    pen = _OVERSAMPLING * drawn.pen
    free = _OVERSAMPLING * UPLOAD_SIZE - (high - low) * scale - pen
    place = rng.uniform(0, 1, 2) * free + pen / 2
    canvas = Image.new("L", (_OVERSAMPLING * UPLOAD_SIZE, _OVERSAMPLING * UPLOAD_SIZE), 255)
    draw = ImageDraw.Draw(canvas)
    for stroke in ink.strokes:
        line = (np.array(stroke) - low) * scale + place
        draw.line(line.ravel().tolist(), fill=0, width=pen)
        for x, y in line.tolist():
            draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=0)
    data = BytesIO()
    canvas.reduce(_OVERSAMPLING).save(data, "PNG", compress_level=1)
    return data.getvalue()
