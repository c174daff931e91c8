"""The task of the shadows: every challenger in the shadow answers what the champion has answered.

Delivered twice it does nothing twice; a drawing that has changed or gone meanwhile is left out.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from uuid import UUID

import numpy as np
from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.utils import timezone

from ml.artifacts.model_card import CannotLoadRelease
from ml.inference.predictor import Prediction as Answer
from ml.preprocessing.rasterize import IMAGE_SIZE
from recognizer import protocol
from recognizer.models import ModelVersion, Prediction
from recognizer.registry.artifact_store import CannotFetch
from recognizer.registry.shadow_models import list_shadow_models
from workers.app import app
from workers.recognition.inference import PROBABILITY_DECIMALS
from workers.recognition.model_cache import ModelCache

log = logging.getLogger(__name__)

RastersByDrawing = Mapping[tuple[UUID, int], bytes]
"""What the champion saw, by drawing and revision."""

_model_cache = ModelCache()


@app.task(name=protocol.SHADOW_TASK)
def shadow(payload: str) -> None:
    """One group that was answered."""
    try:
        predict_with_shadow_models(protocol.decode_drawing_revisions(payload))
    except (OperationalError, InterfaceError) as error:
        log.warning("A group is not answered in the shadow: %r", error)
        connection.close()


def predict_with_shadow_models(drawings: Sequence[tuple[str, int]]) -> int:
    """How many answers were made."""
    challengers = list_shadow_models()
    _model_cache.keep({version.sha256 for version in challengers})
    seen = _load_rasters(drawings) if challengers else {}
    return sum(_predict_with_model(version, seen) for version in challengers)


def _predict_with_model(version: ModelVersion, seen: RastersByDrawing) -> int:
    """One that cannot be loaded answers nothing; its page says that it has no answers."""
    answered = Prediction.objects.filter(drawing__in=[id for id, _ in seen], model=version)
    done = set(answered.values_list("drawing_id", "revision"))
    left = [key for key in seen if key not in done]
    if not left:
        return 0
    try:
        loaded = _model_cache.load(version)
    except (CannotFetch, CannotLoadRelease) as error:
        log.warning("%s cannot answer in the shadow: %s", version, error)
        return 0
    started = time.perf_counter()
    rasters = np.frombuffer(b"".join(seen[key] for key in left), np.uint8)
    answers = loaded.predictor.predict_rasters(rasters.reshape(-1, IMAGE_SIZE, IMAGE_SIZE))
    latency_ms = round(1000 * (time.perf_counter() - started), 3)
    rows = [
        _build_prediction_row(version, key, answer, latency_ms)
        for key, answer in zip(left, answers, strict=True)
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
    version: ModelVersion, key: tuple[UUID, int], answer: Answer, latency_ms: float
) -> Prediction:
    return Prediction(
        drawing_id=key[0],
        revision=key[1],
        model=version,
        decision=answer.decision,
        digit=answer.digit,
        confidence=round(answer.confidence, PROBABILITY_DECIMALS),
        probabilities=[round(share, PROBABILITY_DECIMALS) for share in answer.probabilities],
        raster=answer.raster,
        latency_ms=latency_ms,
        created_at=timezone.now(),
    )


def _store_predictions(rows: Sequence[Prediction]) -> int:
    """All at once; one by one when a drawing was erased meanwhile."""
    try:
        Prediction.objects.bulk_create(rows, ignore_conflicts=True)
    except IntegrityError:
        if len(rows) == 1:
            return 0
        return sum(_store_predictions([row]) for row in rows)
    return len(rows)
