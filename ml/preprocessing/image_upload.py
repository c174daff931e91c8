"""An uploaded picture to the form of ml.preprocessing.rasterize: find the ink, even out its pen,
fit and centre it.

Ink is what differs from a smooth background in any colour, so that light on dark, colours and a
gradient of light need no cases of their own.
"""

from __future__ import annotations

import math
import warnings
from io import BytesIO
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter, ImageOps

from ml.preprocessing.connected_components import remove_specks
from ml.preprocessing.rasterize import (
    CANVAS_SIZE,
    INK_BOX_SIZE,
    OVERSAMPLING,
    Raster,
    centre_canvas,
)

MAX_PIXELS = 1_000_000
ALLOWED_FORMATS = ("PNG", "JPEG", "WEBP")

RgbImage = npt.NDArray[np.float32]  # (height, width, 3), 0 to 255
InkMask = npt.NDArray[np.float32]  # (height, width), 0 to 1

_MIN_CONTRAST = 14.0  # of 255: fainter than this is paper
_MIN_SIGNAL_TO_NOISE = 5.0  # ink stands out of the background's spread by at least this many times
_BACKGROUND_FIT_SIZE = 96  # the background is fitted on a picture reduced to about this
# Pens in canvas pixels that the network knows; thinner and thicker ones are brought to these.
_MIN_PEN_WIDTH, _MAX_PEN_WIDTH = 6.5, 17.0


class UnreadableImage(ValueError):
    """The picture cannot be taken; `code` says why in a word, the message in a sentence."""

    def __init__(self, code: Literal["too_large", "unreadable", "empty"], sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def decode_upload(data: bytes) -> Raster:
    """Return the (28, 28) uint8 raster, ink 255 on 0, of a PNG, JPEG or WebP of at most MAX_PIXELS
    pixels.

    Raises UnreadablePicture.
    """
    colours = _decode_image(data)
    ink = _extract_ink(colours)
    rows, columns = (np.flatnonzero((ink > 0.5).any(axis=axis)) for axis in (1, 0))
    cropped = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return centre_canvas(_fit_to_canvas(cropped))


def _decode_image(data: bytes) -> RgbImage:
    """Return the upright picture's colours, after its header has said that it is small enough."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(data), formats=ALLOWED_FORMATS)
        if picture.width * picture.height > MAX_PIXELS:
            raise UnreadableImage(
                "too_large", f"The picture has more than {MAX_PIXELS:,} pixels; send a smaller one."
            )
        picture.load()
        return _flatten_alpha(ImageOps.exif_transpose(picture))
    except UnreadableImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableImage("too_large", "The picture is far too large.") from error
    except Exception as error:  # Pillow's decoders raise nearly everything on damaged files
        raise UnreadableImage("unreadable", "This is not a PNG, JPEG or WebP picture.") from error


def _flatten_alpha(picture: Image.Image) -> RgbImage:
    """Return the colours; what is transparent takes the colour of the paper, or one far from the
    ink."""
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        deep = np.asarray(picture, dtype=np.float32)
        deep = deep * (255 / max(float(deep.max()), 1.0))
        return np.repeat(deep[:, :, None], 3, axis=2)
    rgba = np.asarray(picture.convert("RGBA"), dtype=np.float32)
    colours, alpha = rgba[:, :, :3], rgba[:, :, 3:] / 255
    if float(alpha.min()) == 1.0:
        return np.ascontiguousarray(colours)
    opaque = colours[alpha[:, :, 0] > 0.5]
    if not len(opaque):
        raise UnreadableImage("empty", "There is no ink in the picture.")
    if len(opaque) > 0.6 * alpha.size:
        beneath = np.median(opaque, axis=0).astype(np.float32)
    else:
        beneath = np.full(3, 255 if float(opaque.mean()) < 128 else 0, dtype=np.float32)
    return (colours * alpha + beneath * (1 - alpha)).astype(np.float32, copy=False)


def _extract_ink(colours: RgbImage) -> InkMask:
    """Return how much ink is where: the distance from the background, 1 on the pen's own colour,
    specks gone."""
    distance, spread = _measure_background_distance(colours)
    threshold = _compute_otsu_threshold(distance)
    marked = distance > threshold
    level = float(np.percentile(distance[marked], 60)) if marked.any() else 0.0
    if level < max(_MIN_CONTRAST, _MIN_SIGNAL_TO_NOISE * spread):
        raise UnreadableImage("empty", "There is no ink in the picture.")
    ink: InkMask = np.clip((distance / level - 0.2) / 0.6, 0, 1)
    ink *= remove_specks(ink > 0.5)
    if not (ink > 0.5).any():
        raise UnreadableImage("empty", "There is no ink in the picture.")
    return ink


def _measure_background_distance(colours: RgbImage) -> tuple[InkMask, float]:
    """Return each pixel's largest difference from the background over the channels, and the
    background's spread.

    The background is first the median of the frame, then a quadratic surface in each channel,
    fitted twice to what is not ink.
    """
    step = max(1, round(max(colours.shape[:2]) / _BACKGROUND_FIT_SIZE))
    small = colours[step // 2 :: step, step // 2 :: step]
    terms = _surface_terms(*small.shape[:2])
    frame = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    surface = np.broadcast_to(np.median(frame, axis=0), small.shape)
    weights = np.zeros((terms.shape[-1], 3))
    for _ in range(2):
        distance = np.abs(small - surface).max(axis=2)
        paper = distance <= max(_compute_otsu_threshold(distance) * 0.6, 3.0)
        # Six unknowns: the normal equations need no BLAS threads, which would fight over the cores.
        known = terms[paper]
        weights = np.linalg.solve(known.T @ known + 1e-9 * np.eye(6), known.T @ small[paper])
        surface = terms @ weights
    distance = np.abs(small - surface).max(axis=2)
    spread = float(np.std(distance[paper]))
    whole = _surface_terms(*colours.shape[:2]).astype(np.float32) @ weights.astype(np.float32)
    return np.abs(colours - whole).max(axis=2), spread


def _surface_terms(height: int, width: int) -> npt.NDArray[np.float64]:
    """Return (height, width, 6): 1, x, y, xx, xy, yy with x and y from -1 to 1."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=2)


def _compute_otsu_threshold(values: InkMask) -> float:
    """Return the threshold that separates two groups best (Otsu, 1979), over 128 steps; where all
    values are one, that value."""
    if float(np.ptp(values)) < 1e-3:
        return float(values.max())
    counts, edges = np.histogram(values, bins=128)
    below = counts.cumsum()
    above = below[-1] - below
    middles = (edges[1:] + edges[:-1]) / 2
    sums = (counts * middles).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float(edges[1:][np.nanargmax(between[:-1])])


def _fit_to_canvas(ink: InkMask) -> Image.Image:
    """Return a canvas with the ink fitted into the box and its pen brought into the range the
    network knows."""
    box = round(INK_BOX_SIZE * OVERSAMPLING)
    drawn = _resize(ink, box)
    pen = _estimate_pen_width(np.asarray(drawn) > 127)
    grow = _MIN_PEN_WIDTH - pen if pen < _MIN_PEN_WIDTH else min(_MAX_PEN_WIDTH - pen, 0.0)
    steps = math.ceil(abs(grow) / 2) if abs(grow) > 1 else 0
    if grow > 0 and steps:
        drawn = _resize(ink, box - 2 * steps)
    canvas = Image.new("L", (CANVAS_SIZE, CANVAS_SIZE))
    canvas.paste(drawn, ((CANVAS_SIZE - drawn.width) // 2, (CANVAS_SIZE - drawn.height) // 2))
    change = ImageFilter.MaxFilter if grow > 0 else ImageFilter.MinFilter
    return canvas.filter(change(2 * steps + 1)) if steps else canvas


def _resize(ink: InkMask, longest: int) -> Image.Image:
    """Return the ink as a picture whose longer side has `longest` pixels."""
    height, width = ink.shape
    scale = longest / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    return Image.fromarray((ink * 255).astype(np.uint8)).resize(size, method)


def _estimate_pen_width(mask: npt.NDArray[np.bool_]) -> float:
    """Return the width of the pen in pixels: twice the area by the outline.

    Steps along a tilted outline are counted both ways; 4/pi is their mean excess over all
    directions.
    """
    padded = np.pad(mask, 1)
    edges = int((padded[1:] != padded[:-1]).sum()) + int((padded[:, 1:] != padded[:, :-1]).sum())
    return 2 * float(mask.sum()) / max(edges * math.pi / 4, 1.0)
