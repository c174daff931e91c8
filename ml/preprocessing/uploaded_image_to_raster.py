"""An uploaded image to the model's 28x28 input: find the ink, normalise its pen width, fit and
centre it.

Ink is the part that differs from a smooth background in any colour channel, so that light ink on
dark paper, coloured ink and uneven light need no special cases. Large images are reduced first: the
cost of an image is bounded, whatever its shape.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from io import BytesIO
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter, ImageOps

from ml.preprocessing.array_types import BoolArray, FloatArray, Raster
from ml.preprocessing.connected_components import remove_specks
from ml.preprocessing.rasterize import (
    CANVAS_SIZE,
    INK_BOX_SIZE,
    OVERSAMPLING,
    centre_canvas,
)

MAX_PIXELS = 1_000_000
_TOO_LARGE = f"The image has more than {MAX_PIXELS:,} pixels."
_NO_INK = "The image contains no ink."
ALLOWED_FORMATS = ("PNG", "JPEG", "WEBP")

_MAX_WORKING_PIXELS = 400 * 400
_MAX_WORKING_SIDE = 4_000  # pixels: a strip keeps more of its length than its area allows a square

RgbImage = FloatArray  # (height, width, channels), 0 to 255
InkMask = FloatArray  # (height, width), 0 to 1

_MIN_CONTRAST = 14.0  # of 255: ink must differ from the background by this much
_MIN_SIGNAL_TO_NOISE = 5.0  # and by this many times the background's standard deviation
_BACKGROUND_FIT_SIZE = 96  # pixels: the background is fitted to an image of about this size
_MIN_BACKGROUND_FIT_SIZE = 16  # pixels: the shorter side of that image
_MIN_PEN_WIDTH, _MAX_PEN_WIDTH = 6.5, 17.0  # canvas pixels: the range in the training data


class UnreadableImage(ValueError):
    """An image that is too large, damaged, of another format or blank."""

    def __init__(self, code: Literal["too_large", "unreadable", "empty"], message: str) -> None:
        super().__init__(message)
        self.code = code


def decode_upload(data: bytes) -> Raster:
    """Return the (28, 28) uint8 raster, ink 255 on 0, of a PNG, JPEG or WebP of at most MAX_PIXELS
    pixels. Raises UnreadableImage."""
    ink = _find_ink(_decode_image(data))
    rows, columns = (np.flatnonzero((ink > 0.5).any(axis=axis)) for axis in (1, 0))
    cropped = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return centre_canvas(_fit_to_canvas(cropped))


def _decode_image(data: bytes) -> Image.Image:
    """Return the image as RGBA, reduced and upright. Its size is checked before decoding."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(data), formats=ALLOWED_FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise UnreadableImage("too_large", _TOO_LARGE)
        image.draft(image.mode, _working_size(image.size))
        image.load()
        return _reduce(_to_rgba(_rotate_upright(image)))
    except UnreadableImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableImage("too_large", _TOO_LARGE) from error
    except Exception as error:  # Pillow's decoders raise many types on damaged files
        raise UnreadableImage("unreadable", "The file is not a PNG, JPEG or WebP image.") from error


def _working_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the size at which the image is processed."""
    scale = min(
        1, math.sqrt(_MAX_WORKING_PIXELS / (size[0] * size[1])), _MAX_WORKING_SIDE / max(size)
    )
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _rotate_upright(image: Image.Image) -> Image.Image:
    """Return the image rotated by its EXIF orientation, or as it is if its metadata is damaged."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # Pillow's parsers raise many types on damaged metadata
        return image


def _to_rgba(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        deep = np.asarray(image, dtype=np.float32)
        deep = deep * (255 / max(float(deep.max()), 1.0))
        image = Image.fromarray(deep.clip(0, 255).astype(np.uint8))
    return image.convert("RGBA")


def _reduce(image: Image.Image) -> Image.Image:
    size = _working_size(image.size)
    return image if size == image.size else image.resize(size, Image.Resampling.BOX)


def _find_ink(image: Image.Image) -> InkMask:
    """Return the ink in the first view of the image that has any. Raises UnreadableImage."""
    error: UnreadableImage | None = None
    for view in _views(image):
        try:
            return _extract_ink(view)
        except UnreadableImage as no_ink:
            error = no_ink
    raise error or UnreadableImage("empty", _NO_INK)


def _views(image: Image.Image) -> Iterator[RgbImage]:
    """Yield the image on an opaque background, then its opacity, which shows ink that has the
    colour of the background."""
    rgba = np.asarray(image, dtype=np.float32)
    colours, alpha = rgba[:, :, :3], rgba[:, :, 3:] / np.float32(255)
    if float(alpha.min()) == 1.0:
        yield np.ascontiguousarray(colours)
    elif float(alpha.max()) > 0:
        background = _choose_background(colours, alpha)
        yield (colours * alpha + background * (1 - alpha)).astype(np.float32, copy=False)
        yield rgba[:, :, 3:]


def _choose_background(colours: RgbImage, alpha: FloatArray) -> FloatArray:
    """Return the median colour if most pixels are opaque, otherwise black or white, whichever
    differs more from the mean colour, weighted by opacity."""
    opaque = colours[alpha[:, :, 0] > 0.5]
    if len(opaque) > 0.6 * alpha.size:
        return np.median(opaque, axis=0).astype(np.float32)
    mean = float((colours * alpha).sum() / (3 * alpha.sum()))
    return np.full(3, 255 if mean < 128 else 0, dtype=np.float32)


def _extract_ink(colours: RgbImage) -> InkMask:
    """Return the opacity of the ink: 0 for the background, 1 for the colour of the pen, without
    specks. Raises UnreadableImage."""
    distance, noise = _measure_background_distance(colours)
    is_ink = distance > _compute_otsu_threshold(distance)
    level = float(np.percentile(distance[is_ink], 60)) if is_ink.any() else 0.0
    if level < max(_MIN_CONTRAST, _MIN_SIGNAL_TO_NOISE * noise):
        raise UnreadableImage("empty", _NO_INK)
    ink: InkMask = np.clip((distance / level - 0.2) / 0.6, 0, 1)
    ink *= remove_specks(ink > 0.5)
    if not (ink > 0.5).any():
        raise UnreadableImage("empty", _NO_INK)
    return ink


def _measure_background_distance(colours: RgbImage) -> tuple[InkMask, float]:
    """Return the distance of each pixel from the background, and its standard deviation there.

    The distance is the largest difference of the channels.

    The first estimate of the background is the median of the border pixels. Then a quadratic
    surface per channel is fitted twice to the pixels that are not ink.
    """
    step = max(1, round(max(colours.shape[:2]) / _BACKGROUND_FIT_SIZE))
    # A strip keeps enough of its shorter side to tell ink from background.
    rows, columns = (
        min(step, max(1, side // _MIN_BACKGROUND_FIT_SIZE)) for side in colours.shape[:2]
    )
    small = colours[rows // 2 :: rows, columns // 2 :: columns]
    terms = _surface_terms(*small.shape[:2])
    border = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    surface = np.broadcast_to(np.median(border, axis=0), small.shape)
    weights = np.zeros((terms.shape[-1], small.shape[-1]))
    for _ in range(2):
        distance = np.abs(small - surface).max(axis=2)
        is_paper = distance <= max(_compute_otsu_threshold(distance) * 0.6, 3.0)
        if not is_paper.any():
            raise UnreadableImage("empty", _NO_INK)
        # Normal equations of six unknowns: lstsq would start BLAS threads.
        known = terms[is_paper]
        weights = np.linalg.solve(known.T @ known + 1e-9 * np.eye(6), known.T @ small[is_paper])
        surface = terms @ weights
    distance = np.abs(small - surface).max(axis=2)
    noise = float(np.std(distance[is_paper]))
    surface = _surface_terms(*colours.shape[:2]).astype(np.float32) @ weights.astype(np.float32)
    return np.abs(colours - surface).max(axis=2), noise


def _surface_terms(height: int, width: int) -> npt.NDArray[np.float64]:
    """Return (height, width, 6): 1, x, y, xx, xy, yy with x and y from -1 to 1."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=2)


def _compute_otsu_threshold(values: InkMask) -> float:
    """Return the threshold that separates two classes best (Otsu, 1979), from a histogram of 128
    bins. Returns the maximum if all values are nearly equal: they have too few bins in float32."""
    if float(np.ptp(values)) < 0.5:
        return float(values.max())
    counts, edges = np.histogram(values, bins=128)
    below = counts.cumsum()
    above = below[-1] - below
    centres = (edges[1:] + edges[:-1]) / 2
    sums = (counts * centres).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float(edges[1:][np.nanargmax(variance[:-1])])


def _fit_to_canvas(ink: InkMask) -> Image.Image:
    """Return a canvas with the ink fitted into the box and its pen width moved into the range of
    the training data by dilation or erosion."""
    box = round(INK_BOX_SIZE * OVERSAMPLING)
    resized = _resize(ink, box)
    pen_width = _estimate_pen_width(np.asarray(resized) > 127)
    change = min(max(pen_width, _MIN_PEN_WIDTH), _MAX_PEN_WIDTH) - pen_width
    radius = math.ceil(abs(change) / 2) if abs(change) > 1 else 0
    if change > 0 and radius:
        resized = _resize(ink, box - 2 * radius)
    canvas = Image.new("L", (CANVAS_SIZE, CANVAS_SIZE))
    canvas.paste(resized, ((CANVAS_SIZE - resized.width) // 2, (CANVAS_SIZE - resized.height) // 2))
    # As often as the radius: the same pixels as one filter of that radius, which takes far longer.
    rank_filter = ImageFilter.MaxFilter(3) if change > 0 else ImageFilter.MinFilter(3)
    for _ in range(radius):
        canvas = canvas.filter(rank_filter)
    return canvas


def _resize(ink: InkMask, longest: int) -> Image.Image:
    """Return the ink as an image whose longer side has `longest` pixels."""
    height, width = ink.shape
    scale = longest / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    return Image.fromarray((ink * 255).astype(np.uint8)).resize(size, method)


def _estimate_pen_width(mask: BoolArray) -> float:
    """Return the pen width in pixels: twice the area divided by the perimeter.

    Counting pixel edges overestimates the perimeter, on average over all directions by 4/pi.
    """
    padded = np.pad(mask, 1)
    edges = int((padded[1:] != padded[:-1]).sum()) + int((padded[:, 1:] != padded[:, :-1]).sum())
    return 2 * float(mask.sum()) / max(edges * math.pi / 4, 1.0)
