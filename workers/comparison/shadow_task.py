"""The shadow task: every shadow model predicts the drawings that the champion predicted.

Safe to deliver twice. It skips drawings that were changed or deleted in the meantime.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.utils import timezone

from ml.artifacts.model_card import CannotLoadRelease
from ml.inference.predictor import Prediction as ModelPrediction
from recognizer import protocol
from recognizer.models import ModelVersion, Prediction
from recognizer.registry.artifact_store import CannotFetch
from recognizer.registry.shadow_models import list_shadow_models
from workers.app import app
from workers.raster_unpacking import unpack_rasters
from workers.recognition.batch_inference import PROBABILITY_DECIMALS
from workers.recognition.model_cache import ModelCache

log = logging.getLogger(__name__)

RastersByDrawing = Mapping[tuple[UUID, int], bytes]
"""The champion's rasters by drawing and revision."""

_model_cache = ModelCache()


@app.task(name=protocol.SHADOW_TASK)
def shadow(payload: str) -> None:
    """Predict one batch with all shadow models."""
    try:
        predict_with_shadow_models(protocol.decode_drawing_revisions(payload))
    except (OperationalError, InterfaceError) as error:
        log.warning("The shadow models skip a batch: %r", error)
        connection.close()


def predict_with_shadow_models(drawings: Sequence[tuple[str, int]]) -> int:
    """Return the number of stored predictions."""
    challengers = list_shadow_models()
    _model_cache.retain({version.sha256 for version in challengers})
    rasters = _load_rasters(drawings) if challengers else {}
    return sum(_predict_with_model(version, rasters) for version in challengers)


def _predict_with_model(version: ModelVersion, rasters: RastersByDrawing) -> int:
    """Return the number of stored predictions, 0 if the model cannot be loaded."""
    stored = Prediction.objects.filter(drawing__in=[id for id, _ in rasters], model=version)
    done = set(stored.values_list("drawing_id", "revision"))
    missing = [key for key in rasters if key not in done]
    if not missing:
        return 0
    try:
        loaded = _model_cache.load(version)
    except (CannotFetch, CannotLoadRelease) as error:
        log.warning("Cannot load the shadow model %s: %s", version, error)
        return 0
    started = time.perf_counter()
    inputs = unpack_rasters(b"".join(rasters[key] for key in missing))
    predictions = loaded.predictor.predict_rasters(inputs)
    latency_ms = round(1000 * (time.perf_counter() - started), 3)
    rows = [
        _build_prediction_row(version, key, prediction, latency_ms)
        for key, prediction in zip(missing, predictions, strict=True)
    ]
    return _store_predictions(rows)


def _load_rasters(drawings: Sequence[tuple[str, int]]) -> RastersByDrawing:
    wanted = {(UUID(id), revision) for id, revision in drawings}
    stored = Prediction.objects.filter(drawing__in=[id for id, _ in wanted])
    rows = stored.values_list("drawing_id", "revision", "raster")
    return {
        (id, revision): bytes(raster) for id, revision, raster in rows if (id, revision) in wanted
    }


def _build_prediction_row(
    version: ModelVersion, key: tuple[UUID, int], prediction: ModelPrediction, latency_ms: float
) -> Prediction:
    return Prediction(
        drawing_id=key[0],
        revision=key[1],
        model=version,
        decision=prediction.decision,
        digit=prediction.digit,
        confidence=round(prediction.confidence, PROBABILITY_DECIMALS),
        probabilities=[round(value, PROBABILITY_DECIMALS) for value in prediction.probabilities],
        raster=prediction.raster,
        latency_ms=latency_ms,
        created_at=timezone.now(),
    )


def _store_predictions(rows: Sequence[Prediction]) -> int:
    """Store all rows in one statement, or one by one if a drawing was erased meanwhile."""
    try:
        Prediction.objects.bulk_create(rows, ignore_conflicts=True)
    except IntegrityError:
        if len(rows) == 1:
            return 0
        return sum(_store_predictions([row]) for row in rows)
    return len(rows)
