"""Rasters as the database stores them."""

import numpy as np

from ml.preprocessing.array_types import Raster, Strokes
from ml.preprocessing.rasterize import IMAGE_SIZE, rasterize


def unpack_rasters(data: bytes) -> Raster:
    """Return concatenated rasters as uint8 of shape (n, 28, 28)."""
    return np.frombuffer(data, np.uint8).reshape(-1, IMAGE_SIZE, IMAGE_SIZE)


def load_raster(stored: bytes | None, strokes: Strokes) -> Raster:
    """Return the stored raster, else render the strokes. Raises CannotRasterize."""
    return unpack_rasters(stored)[0] if stored is not None else rasterize(strokes)
