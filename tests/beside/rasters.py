"""Real ink as the networks see it."""

from ml.raster import rasterize_many
from tests.way.drawing import strokes_of


def raster_of(digit: int) -> bytes:
    return bytes(rasterize_many([strokes_of(digit)])[0].tobytes())
