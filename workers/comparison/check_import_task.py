"""The import check: the champion predicts a sample of an imported file, as given and changed."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Mapping

import numpy as np
import orjson
from django.db import InterfaceError, OperationalError, connection

from ml.artifacts.model_card import CannotLoadRelease
from ml.inference.predictor import Predictor
from ml.preprocessing.array_types import Labels, Raster
from ml.preprocessing.rasterize import CannotRasterize
from recognizer import protocol
from recognizer.registry.artifact_store import CannotFetch
from recognizer.registry.promotion import load_champion
from recognizer.snapshots.imports.import_check import save_result
from workers.app import app
from workers.raster_unpacking import load_raster
from workers.recognition.model_cache import ModelCache

log = logging.getLogger(__name__)

CHANGES: Mapping[str, Callable[[Raster], Raster]] = {
    "as_given": lambda rasters: rasters,
    "transposed": lambda rasters: rasters.transpose(0, 2, 1),
    "mirrored": lambda rasters: rasters[:, :, ::-1],
    "inverted": lambda rasters: 255 - rasters,
}

_model_cache = ModelCache()


@app.task(name=protocol.CHECK_IMPORT_TASK)
def check_import(key: str, payload: str) -> None:
    """Store how many labels of the sample the champion predicts. The page shows no comparison if
    this fails."""
    try:
        champion = load_champion()
        if champion is None:
            return
        predictor = _model_cache.load(champion).predictor
    except (OperationalError, InterfaceError, CannotFetch, CannotLoadRelease) as error:
        log.warning("An import check failed: %r", error)
        connection.close()
        return
    rasters, labels = _load_sample(payload)
    save_result(key, model=champion.ref, agreement=count_agreement(predictor, rasters, labels))


def count_agreement(predictor: Predictor, rasters: Raster, labels: Labels) -> dict[str, int]:
    """Return the number of images (n, 28, 28) uint8 whose predicted digit is the label, by change.

    The digit counts even if the model is not certain of it.
    """
    agreement = {}
    for name, change in CHANGES.items():
        predictions = predictor.predict_rasters(np.ascontiguousarray(change(rasters)))
        digits = np.array([np.argmax(one.probabilities[:10]) for one in predictions], np.int64)
        agreement[name] = int((digits == labels).sum())
    return agreement


def _load_sample(payload: str) -> tuple[Raster, Labels]:
    rasters, labels = [], []
    for label, ink, raster in json.loads(payload):
        try:
            stored = base64.b64decode(raster) if raster else None
            rasters.append(load_raster(stored, orjson.loads(ink or "[]")))
        except CannotRasterize:
            rasters.append(np.zeros((28, 28), np.uint8))
        labels.append(label)
    return np.stack(rasters), np.array(labels, np.int64)
