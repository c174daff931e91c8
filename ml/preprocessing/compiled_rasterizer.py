"""The compiled rasterizer: compiled/rasterizer.c, if the library was built."""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from compiled.library import library_path
from ml.preprocessing.array_types import BoolArray, IntArray, Raster, Stroke

log = logging.getLogger(__name__)

_IMAGE_SIZE = 28


class Pen(ctypes.Structure):
    """The parameters of a drawing; rasterizer.c describes them."""

    _fields_ = (
        ("fit_size", ctypes.c_double),
        ("sharp_turn_cos", ctypes.c_double),
        ("radius", ctypes.c_int64),
        ("dot_widths", ctypes.c_void_p),
    )

    def __init__(
        self, *, fit_size: float, sharp_turn_cos: float, radius: int, dot_widths: Sequence[int]
    ) -> None:
        self._dot_widths = (ctypes.c_int64 * len(dot_widths))(*dot_widths)
        super().__init__(fit_size, sharp_turn_cos, radius, ctypes.addressof(self._dot_widths))


class CompiledRasterizer:
    """Functions of the library. They return the rasters (n, 28, 28) and whether each was drawn; the
    others are left to Python."""

    def __init__(self, path: Path) -> None:
        library = ctypes.CDLL(str(path))
        pointer, count = ctypes.c_void_p, ctypes.c_int64
        self._rasterize_json = library.rasterize_json
        self._rasterize_json.argtypes = (ctypes.c_char_p, count, pointer, pointer, pointer)
        self._rasterize_points = library.rasterize_points
        self._rasterize_points.argtypes = (*[pointer] * 4, count, *[pointer] * 3)
        self._rasterize_points.restype = None

    def rasterize_json(self, inks: Sequence[str], pen: Pen) -> tuple[Raster, BoolArray]:
        """Rasterize inks in JSON without spaces."""
        rasters, is_drawn = _make_results(len(inks))
        texts = "".join(f"{ink}\n" for ink in inks)
        if texts.count("\n") == len(inks) and "\0" not in texts:
            results = rasters.ctypes.data, is_drawn.ctypes.data
            if not self._rasterize_json(texts.encode(), len(inks), ctypes.byref(pen), *results):
                raise MemoryError
        return rasters, is_drawn

    def rasterize_points(
        self, points: Stroke, bounds: IntArray, strokes_of: IntArray, pen: Pen
    ) -> tuple[Raster, BoolArray]:
        """Rasterize points (2, n), which are changed. Stroke i is bounds[i]:bounds[i + 1], drawing
        i the strokes strokes_of[i]:strokes_of[i + 1]."""
        rasters, is_drawn = _make_results(len(strokes_of) - 1)
        inputs = (points[0], points[1], bounds, strokes_of)
        self._rasterize_points(
            *(array.ctypes.data for array in inputs),
            len(is_drawn),
            ctypes.byref(pen),
            rasters.ctypes.data,
            is_drawn.ctypes.data,
        )
        return rasters, is_drawn


@cache
def load_compiled_rasterizer() -> CompiledRasterizer | None:
    """Return the rasterizer, or None if the library was not built from the current source."""
    path = library_path()
    if not path.is_file():
        return None
    try:
        return CompiledRasterizer(path)
    except OSError as error:  # built on a machine with another C library
        log.warning("The compiled library is not used: %s", error)
        return None


def _make_results(count: int) -> tuple[Raster, BoolArray]:
    return np.empty((count, _IMAGE_SIZE, _IMAGE_SIZE), np.uint8), np.zeros(count, np.bool_)
