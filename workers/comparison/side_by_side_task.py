"""The side-by-side task: every model of the panel predicts the drawings of a batch.

Each model runs one forward pass for the whole batch. Nothing is stored: shadow models exist for
predictions that are kept.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError, connection

from ml.artifacts.model_card import CannotLoadRelease
from ml.inference.predictor import Prediction as ModelPrediction
from ml.inference.predictor import Predictor
from ml.preprocessing.array_types import Raster
from recognizer import protocol
from recognizer.messaging import event_publisher
from recognizer.models import Drawing, ModelVersion
from recognizer.registry.artifact_store import CannotFetch
from recognizer.side_by_side.shown_models import list_shown_models
from workers.app import app
from workers.raster_unpacking import unpack_rasters
from workers.recognition.batch_inference import PROBABILITY_DECIMALS
from workers.recognition.model_cache import ModelCache

log = logging.getLogger(__name__)

LOAD_RETRY_INTERVAL_S = 30.0
NUM_DIGITS = 10

_model_cache = ModelCache()
_retry_not_before: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class PredictedDrawing:
    """A drawing with the revision and the raster of its prediction."""

    owner_id: int
    revision: int
    predicted_revision: int | None
    raster: bytes


@app.task(name=protocol.SIDE_BY_SIDE_TASK)
def side_by_side(payload: str) -> None:
    """Predict one batch of requests. Open pages repeat requests that are lost."""
    batch_id, requests = protocol.decode_side_by_side_requests(payload)
    try:
        messages = predict_side_by_side(requests)
    except (OperationalError, InterfaceError) as error:
        log.warning("A side-by-side batch failed: %r", error)
        connection.close()
        return
    event_publisher.publish_side_by_side(batch_id=batch_id, messages=messages)


def predict_side_by_side(requests: Sequence[protocol.SideBySideRequest]) -> list[protocol.Payload]:
    """Return a message for each request, in the same order."""
    drawings = _load_drawings({request.id for request in requests})
    codes = [_find_error_code(request, drawings.get(request.id)) for request in requests]
    valid = [request.id for request, code in zip(requests, codes, strict=True) if not code]
    rasters = [drawings[id].raster for id in valid]
    by_model = _predict_with_all(b"".join(rasters)) if rasters else []
    by_drawing = iter(zip(*by_model, strict=True) if by_model else [()] * len(rasters))
    return [
        protocol.side_by_side_failure_message(request, code)
        if code
        else protocol.side_by_side_message(request, list(next(by_drawing)))
        for request, code in zip(requests, codes, strict=True)
    ]


def _load_drawings(ids: set[str]) -> dict[str, PredictedDrawing]:
    stored = Drawing.objects.filter(pk__in=ids, deleted_at=None).select_related("prediction")
    fields = "owner_id", "revision", "prediction__revision", "prediction__raster"
    return {
        str(drawing.pk): PredictedDrawing(
            drawing.owner_id,
            drawing.revision,
            drawing.prediction.revision if drawing.prediction else None,
            bytes(drawing.prediction.raster) if drawing.prediction else b"",
        )
        for drawing in stored.only(*fields)
    }


def _find_error_code(request: protocol.SideBySideRequest, drawing: PredictedDrawing | None) -> str:
    """Return a code or "". A missing drawing and a drawing of another user give the same code."""
    if drawing is None or drawing.owner_id != request.user_id:
        return "not_found"
    is_current = drawing.revision == drawing.predicted_revision == request.revision
    return "" if is_current else "stale"


def _predict_with_all(data: bytes) -> list[list[protocol.Payload]]:
    """Return the predictions for each model and raster."""
    versions = list_shown_models()
    _model_cache.retain({version.sha256 for version in versions})
    rasters = unpack_rasters(data)
    return [_predict_with_model(version, rasters) for version in versions]


def _predict_with_model(version: ModelVersion, rasters: Raster) -> list[protocol.Payload]:
    predictor = _load_predictor(version)
    if predictor is None:
        return [protocol.model_failure_json(version.ref, "cannot_load")] * len(rasters)
    started = time.perf_counter()
    try:
        predictions = predictor.predict_rasters(rasters)
    except Exception:  # an error of one model must not affect the others
        log.exception("%s cannot predict", version)
        return [protocol.model_failure_json(version.ref, "cannot_predict")] * len(rasters)
    latency_ms = round(1000 * (time.perf_counter() - started), 3)
    return [
        _build_prediction_json(version, prediction, predictor, latency_ms)
        for prediction in predictions
    ]


def _load_predictor(version: ModelVersion) -> Predictor | None:
    if time.monotonic() < _retry_not_before.get(version.sha256, 0):
        return None
    try:
        return _model_cache.load(version).predictor
    except (CannotFetch, CannotLoadRelease) as error:
        log.warning("Cannot load %s: %s", version, error)
    except Exception:  # an intact file that the backend does not support
        log.exception("Cannot load %s", version)
    _retry_not_before[version.sha256] = time.monotonic() + LOAD_RETRY_INTERVAL_S
    return None


def _build_prediction_json(
    version: ModelVersion, prediction: ModelPrediction, predictor: Predictor, latency_ms: float
) -> protocol.Payload:
    fields = protocol.prediction_body(
        decision=prediction.decision,
        digit=prediction.digit,
        confidence=round(prediction.confidence, PROBABILITY_DECIMALS),
        probabilities=[round(value, PROBABILITY_DECIMALS) for value in prediction.probabilities],
        model=version.ref,
        latency_ms=latency_ms,
    )
    return {**fields, "rejects": predictor.num_outputs > NUM_DIGITS}
