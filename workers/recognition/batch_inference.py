"""Predictions for leased drawings: one batched forward pass of the current champion."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.core.files.storage import default_storage

from ml.inference.predictor import Prediction
from ml.preprocessing.array_types import Raster
from ml.preprocessing.rasterize import rasterize_json
from ml.preprocessing.uploaded_image_to_raster import UnreadableImage, decode_upload
from recognizer.models import Prediction as StoredPrediction
from workers.recognition.drawing_leases import LeasedDrawing
from workers.recognition.model_cache import LoadedModel, model_cache

log = logging.getLogger(__name__)

PROBABILITY_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class InferenceResult:
    """The result for one drawing: a new prediction, a stored one, or the code of a failure.

    `probabilities` are the ten of the new prediction, rounded as they are stored and published.
    """

    drawing: LeasedDrawing
    prediction: Prediction | None
    probabilities: Sequence[float] = ()
    error: str = ""
    stored: StoredPrediction | None = None


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The results of a batch, their model, and the time that the worker took."""

    model: LoadedModel
    results: list[InferenceResult]
    latency_ms: float


def run_inference(drawings: Sequence[LeasedDrawing]) -> BatchResult:
    """Return the results. A drawing that fails has its own; a picture whose file cannot be read at
    the moment has none."""
    started = time.perf_counter()
    model = model_cache.get_champion()
    stored = _find_stored_predictions(drawings, model)
    new = [drawing for drawing in drawings if drawing.id not in stored]
    rasters = _build_rasters(new)
    valid = [raster for raster in rasters if isinstance(raster, np.ndarray)]
    predictions = model.predictor.predict_rasters(np.stack(valid)) if valid else []
    rounded = zip(predictions, _round_probabilities(predictions), strict=True)
    results = [
        InferenceResult(drawing, None, error=raster)
        if isinstance(raster, str)
        else InferenceResult(drawing, *next(rounded))
        for drawing, raster in zip(new, rasters, strict=True)
        if raster is not None
    ]
    results += [
        InferenceResult(drawing, None, stored=stored[drawing.id])
        for drawing in drawings
        if drawing.id in stored
    ]
    return BatchResult(model, results, round((time.perf_counter() - started) * 1000, 3))


def _find_stored_predictions(
    drawings: Sequence[LeasedDrawing], model: LoadedModel
) -> dict[str, StoredPrediction]:
    """Return the stored predictions of this model by drawing id, including those that it made as
    a shadow model.

    Only a drawing with earlier attempts can have one, so others are not looked up.
    """
    retried = {drawing.id: drawing.revision for drawing in drawings if drawing.attempts > 1}
    if not retried:
        return {}
    rows = StoredPrediction.objects.filter(
        drawing__in=list(map(UUID, retried)), model_id=model.model_id
    )
    found = {str(row.drawing_id): row for row in rows.select_related("model")}
    return {id: row for id, row in found.items() if row.revision == retried[id]}


def _round_probabilities(predictions: Sequence[Prediction]) -> list[list[float]]:
    probabilities = np.array([prediction.probabilities for prediction in predictions])
    rounded: list[list[float]] = probabilities.round(PROBABILITY_DECIMALS).tolist()
    return rounded


def _build_rasters(drawings: Sequence[LeasedDrawing]) -> list[Raster | str | None]:
    """Return the raster, the code of a failure, or None for each drawing."""
    rendered = iter(_rasterize_inks([drawing for drawing in drawings if drawing.ink]))
    return [next(rendered) if drawing.ink else _load_upload_raster(drawing) for drawing in drawings]


def _rasterize_inks(drawings: Sequence[LeasedDrawing]) -> list[Raster | str]:
    """Rasterize together. If that fails, rasterize one by one, so that one drawing fails alone."""
    try:
        return list(rasterize_json([drawing.ink for drawing in drawings]))
    except Exception:
        return [_rasterize_ink(drawing) for drawing in drawings]


def _rasterize_ink(drawing: LeasedDrawing) -> Raster | str:
    try:
        raster: Raster = rasterize_json([drawing.ink])[0]
    except Exception:
        log.exception("The ink of drawing %s cannot be rasterized", drawing.id)
        return "internal_error"
    return raster


def _load_upload_raster(drawing: LeasedDrawing) -> Raster | str | None:
    try:
        with default_storage.open(drawing.picture) as file:
            content = file.read()
    except FileNotFoundError:
        return "unreadable"
    except Exception as error:  # each file storage raises its own
        log.warning("The picture of drawing %s is left to the sweep: %r", drawing.id, error)
        return None
    try:
        return decode_upload(content)
    except UnreadableImage as error:
        return error.code
    except Exception:
        log.exception("The picture of drawing %s cannot be decoded", drawing.id)
        return "internal_error"
