"""The task of the panel on the drawing page: every shown model reads what the champion has read.

All drawings of a group by one forward for each model. Nothing is stored: it is looked at once, and
a model whose answers shall be kept is in the shadow.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import InterfaceError, OperationalError, connection

from ml.artifacts.model_card import CannotLoadRelease
from ml.inference.predictor import Prediction as Answer
from ml.inference.predictor import Predictor
from ml.preprocessing.rasterize import IMAGE_SIZE, Raster
from recognizer import protocol
from recognizer import side_by_side as panel
from recognizer.messaging import event_publisher
from recognizer.models import Drawing, ModelVersion
from recognizer.registry.artifact_store import CannotFetch
from workers.app import app
from workers.recognition.inference import PROBABILITY_DECIMALS
from workers.recognition.model_cache import ModelCache

log = logging.getLogger(__name__)

LOAD_RETRY_INTERVAL_S = 30.0
NUM_DIGITS = 10

_model_cache = ModelCache()
_retry_not_before: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class PredictedDrawing:
    """A drawing: whose it is, its revision, which one was answered, what was seen of that."""

    owner_id: int
    revision: int
    answered: int | None
    raster: bytes


@app.task(name=protocol.SIDE_BY_SIDE_TASK)
def side_by_side(payload: str) -> None:
    """One group of questions. What is lost is asked again by who still looks."""
    batch_id, asks = protocol.decode_side_by_side_requests(payload)
    try:
        messages = predict_side_by_side(asks)
    except (OperationalError, InterfaceError) as error:
        log.warning("A group is not read side by side: %r", error)
        connection.close()
        return
    event_publisher.publish_side_by_side(batch_id=batch_id, messages=messages)


def predict_side_by_side(asks: Sequence[protocol.SideBySideRequest]) -> list[protocol.JSON]:
    """A message for each question, in order."""
    seen = _load_drawings({ask.id for ask in asks})
    codes = [_find_error_code(ask, seen.get(ask.id)) for ask in asks]
    read = [ask for ask, code in zip(asks, codes, strict=True) if not code]
    columns = _predict_with_all(b"".join(seen[ask.id].raster for ask in read), len(read))
    answers = iter(zip(*columns, strict=True) if columns else [()] * len(read))
    return [
        protocol.side_by_side_failure_message(ask, code)
        if code
        else protocol.side_by_side_message(ask, list(next(answers)))
        for ask, code in zip(asks, codes, strict=True)
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


def _find_error_code(ask: protocol.SideBySideRequest, seen: PredictedDrawing | None) -> str:
    """A code, or nothing. What is another's and what never was look the same."""
    if seen is None or seen.owner_id != ask.user_id:
        return "not_found"
    return "" if seen.revision == seen.answered == ask.revision else "stale"


def _predict_with_all(rasters: bytes, count: int) -> list[list[protocol.JSON]]:
    """For each model what it says of each raster. One that errs does not take the others along."""
    versions = panel.list_shown_models()
    _model_cache.keep({version.sha256 for version in versions})
    pictures = np.frombuffer(rasters, np.uint8).reshape(count, IMAGE_SIZE, IMAGE_SIZE)
    return [_predict_with_model(version, pictures) for version in versions] if count else []


def _predict_with_model(version: ModelVersion, pictures: Raster) -> list[protocol.JSON]:
    predictor = _load_predictor(version)
    if predictor is None:
        return [protocol.model_failure_json(version.ref, "cannot_load")] * len(pictures)
    started = time.perf_counter()
    try:
        answers = predictor.predict_rasters(pictures)
    except Exception:  # whatever a backend raises is this model's trouble, not the others'
        log.exception("%s cannot read", version)
        return [protocol.model_failure_json(version.ref, "cannot_predict")] * len(pictures)
    latency_ms = round(1000 * (time.perf_counter() - started), 3)
    return [_build_prediction_json(version, answer, predictor, latency_ms) for answer in answers]


def _load_predictor(version: ModelVersion) -> Predictor | None:
    if time.monotonic() < _retry_not_before.get(version.sha256, 0):
        return None
    try:
        return _model_cache.load(version).predictor
    except (CannotFetch, CannotLoadRelease) as error:
        log.warning("%s cannot answer side by side: %s", version, error)
    except Exception:  # a file that its hash vouches for, and that the backend cannot take
        log.exception("%s cannot be loaded", version)
    _retry_not_before[version.sha256] = time.monotonic() + LOAD_RETRY_INTERVAL_S
    return None


def _build_prediction_json(
    version: ModelVersion, answer: Answer, predictor: Predictor, latency_ms: float
) -> protocol.JSON:
    fields = protocol.prediction_body(
        decision=answer.decision,
        digit=answer.digit,
        confidence=round(answer.confidence, PROBABILITY_DECIMALS),
        probabilities=[round(share, PROBABILITY_DECIMALS) for share in answer.probabilities],
        model=version.ref,
        latency_ms=latency_ms,
    )
    return {**fields, "rejects": predictor.outputs > NUM_DIGITS}
