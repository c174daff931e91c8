"""PNG files of rasters: the 28x28 grey images that a model receives."""

import io

from PIL import Image

from recognizer.models import Prediction


def encode_prediction_raster(prediction: Prediction) -> bytes:
    """Return the raster of a prediction as a PNG, bright ink on a dark background."""
    return encode_png(bytes(prediction.raster))


def encode_png(raster: bytes) -> bytes:
    """Return 784 bytes, row by row, as a 28x28 PNG."""
    file = io.BytesIO()
    Image.frombytes("L", (28, 28), raster).save(file, "PNG")
    return file.getvalue()
