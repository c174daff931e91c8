"""Rasters of real ink."""

from ml.preprocessing.rasterize import rasterize_many
from tests.pipeline.factories import load_strokes


def make_raster(digit: int) -> bytes:
    return bytes(rasterize_many([load_strokes(digit)])[0].tobytes())
