"""The rasters of all inks, pixel for pixel."""

import hashlib
import json
from pathlib import Path

from tests.golden.conftest import Golden
from tests.golden.subjects import rasterize, rasterize_many

INKS = Path(__file__).resolve().parents[1] / "ink" / "digits.json"


def test_every_ink_has_the_recorded_pixels(golden: Golden) -> None:
    inks = json.loads(INKS.read_text())
    golden(
        "raster_pixels",
        {
            f"{number:03d} {ink['label']} {ink['note']}": {
                str(pen_width): _hash(rasterize(ink["strokes"], pen_width=pen_width).tobytes())
                for pen_width in (1.25, 2.25, 4.0)
            }
            for number, ink in enumerate(inks)
        },
    )


def test_a_batch_of_inks_equals_single_inks() -> None:
    drawings = [ink["strokes"] for ink in json.loads(INKS.read_text())]
    rasters = rasterize_many(drawings)
    assert all(
        (rasterize(one) == raster).all() for one, raster in zip(drawings, rasters, strict=True)
    )


def _hash(pixels: bytes) -> str:
    return hashlib.sha256(pixels).hexdigest()
