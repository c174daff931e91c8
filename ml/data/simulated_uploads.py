"""Ink samples drawn as uploaded images (small, thin pen, thick pen) and decoded again by
ml.preprocessing.uploaded_image_to_raster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw

from ml.data.dataset_splits import SplitName
from ml.data.datasets import InkSample, load_pen
from ml.data.render_ink_samples import draw_round_stroke
from ml.preprocessing.array_types import Labels, Raster
from ml.preprocessing.stroke_geometry import to_strokes
from ml.preprocessing.uploaded_image_to_raster import decode_upload

UPLOAD_SIZE = 280
_OVERSAMPLING = 2


@dataclass(frozen=True, slots=True)
class UploadStyle:
    """Extent of the digit and width of the pen, in pixels of an image of UPLOAD_SIZE."""

    extent: int
    pen_width: int


UPLOAD_STYLES = {
    "small": UploadStyle(40, 4),
    "thin": UploadStyle(260, 4),
    "thick": UploadStyle(140, 36),
}


@cache
def load_upload_sets(split: SplitName) -> dict[str, tuple[Raster, Labels]]:
    """Return the pen digits of a split, decoded from an upload of each style at a random position:
    images (n, 28, 28) uint8 and labels (n,). Takes about 10 ms per drawing."""
    inks = load_pen(split)
    labels = np.array([ink.label for ink in inks], dtype=np.int64)
    return {name: (render_as_uploads(inks, style), labels) for name, style in UPLOAD_STYLES.items()}


def render_as_uploads(inks: Sequence[InkSample], style: UploadStyle, seed: int = 1) -> Raster:
    """Return the rasters (n, 28, 28) decoded from an upload of each ink."""
    rng = np.random.default_rng(seed)
    return np.stack([decode_upload(draw_upload_png(ink, style, rng)) for ink in inks])


def draw_upload_png(ink: InkSample, style: UploadStyle, rng: np.random.Generator) -> bytes:
    """Return a PNG of the ink, antialiased black on white, at a random position."""
    strokes = to_strokes(ink.strokes)
    points = np.concatenate(strokes)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    pen_width, size = _OVERSAMPLING * style.pen_width, _OVERSAMPLING * UPLOAD_SIZE
    scale = (_OVERSAMPLING * style.extent - pen_width) / max(float(extent.max()), 1e-9)
    offset = rng.uniform(0, 1, 2) * (size - extent * scale - pen_width) + pen_width / 2
    canvas = Image.new("L", (size, size), 255)
    draw = ImageDraw.Draw(canvas)
    for stroke in strokes:
        draw_round_stroke(draw, (stroke - low) * scale + offset, pen_width, fill=0)
    data = BytesIO()
    canvas.reduce(_OVERSAMPLING).save(data, "PNG", compress_level=1)
    return data.getvalue()
