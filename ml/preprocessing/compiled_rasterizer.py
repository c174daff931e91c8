"""The compiled rasterizer: rasterizer.c as a shared library, if it was built.

`python -m ml.preprocessing.compiled_rasterizer` builds it with the C compiler of the machine, and
succeeds without one: rasterize.py has the same arithmetic in Python, which takes several times as
long.
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from ml.preprocessing.array_types import BoolArray, IntArray, Raster, Stroke

log = logging.getLogger(__name__)

_SOURCE = Path(__file__).with_name("rasterizer.c")
_HEADER = Path(__file__).with_name("ink_json.h")
_FLAGS = ("-O3", "-fPIC", "-shared", "-ffp-contract=off")
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
    """Return the rasterizer, or None if it was not built from the current source."""
    path = _library_path()
    if not path.is_file():
        return None
    try:
        return CompiledRasterizer(path)
    except OSError as error:  # built on a machine with another C library
        log.warning("The compiled rasterizer is not used: %s", error)
        return None


def build_library() -> Path:
    """Compile the library unless it exists. Raises OSError or CalledProcessError."""
    path = _library_path()
    if not path.is_file():
        compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or "clang"
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            built = Path(folder) / path.name
            subprocess.run(
                [compiler, *_FLAGS, str(_SOURCE), "-o", str(built), "-lm"],
                check=True,
                capture_output=True,
                text=True,
            )
            built.replace(path)
    return path


def _library_path() -> Path:
    """Return the file of a library of this source for this kind of machine."""
    digest = hashlib.sha256(_SOURCE.read_bytes() + _HEADER.read_bytes()).hexdigest()[:12]
    return _SOURCE.with_name(f"rasterizer-{platform.machine()}-{digest}.so")


def _make_results(count: int) -> tuple[Raster, BoolArray]:
    return np.empty((count, _IMAGE_SIZE, _IMAGE_SIZE), np.uint8), np.zeros(count, np.bool_)


def main() -> None:
    try:
        build_library()
    except (OSError, subprocess.CalledProcessError) as error:
        cause = getattr(error, "stderr", None) or error
        sys.stderr.write(
            f"The rasterizer was not compiled ({cause}).\n"
            "Drawings are rendered by Python, which takes several times as long. "
            "To change that, install a C compiler and run make again.\n"
        )


if __name__ == "__main__":
    main()
