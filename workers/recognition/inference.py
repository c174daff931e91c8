"""From claimed drawings to answers: one batched forward, with the champion of this moment."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.core.files.storage import default_storage

from ml.inference.predictor import Prediction
from ml.preprocessing.image_upload import UnreadableImage, decode_upload
from ml.preprocessing.rasterize import Raster, rasterize_many
from recognizer.models import Prediction as StoredPrediction
from recognizer.protocol import RECOGNITION_FAILURES
from workers.recognition.drawing_leases import LeasedDrawing
from workers.recognition.model_cache import LoadedModel, model_cache

PROBABILITY_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class InferenceResult:
    """What became of one drawing: a prediction with its ten probabilities as they are stored and
    told, one that was stored before, or the code of a failure."""

    claim: LeasedDrawing
    prediction: Prediction | None
    probabilities: Sequence[float] = ()
    error: str = ""
    kept: StoredPrediction | None = None


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The answers to a group, the model that gave them, and the worker's own time."""

    model: LoadedModel
    answers: list[InferenceResult]
    latency_ms: float


def run_inference(claims: Sequence[LeasedDrawing]) -> BatchResult:
    """An answer for each claim."""
    started = time.perf_counter()
    model = model_cache.champion()
    kept = _find_stored_predictions(claims, model)
    new = [claim for claim in claims if claim.id not in kept]
    rasters = _build_rasters(new)
    seen = [raster for raster in rasters if not isinstance(raster, str)]
    predictions = model.predictor.predict_rasters(np.stack(seen)) if seen else []
    told = zip(predictions, _round_probabilities(predictions), strict=True)
    answers = [
        InferenceResult(claim, None, error=raster)
        if isinstance(raster, str)
        else InferenceResult(claim, *next(told))
        for claim, raster in zip(new, rasters, strict=True)
    ]
    adopted = [
        InferenceResult(claim, None, kept=kept[claim.id]) for claim in claims if claim.id in kept
    ]
    return BatchResult(model, answers + adopted, round((time.perf_counter() - started) * 1000, 3))


def _find_stored_predictions(
    claims: Sequence[LeasedDrawing], model: LoadedModel
) -> dict[str, StoredPrediction]:
    """Answers that this model gave already, perhaps in the shadow: adopted, not made again. Only a
    drawing that was tried before can have one, so others are not asked for."""
    tried = {claim.id: claim.revision for claim in claims if claim.attempts > 1}
    if not tried:
        return {}
    stored = StoredPrediction.objects.filter(
        drawing__in=list(map(UUID, tried)), model_id=model.model_id
    )
    found = {str(one.drawing_id): one for one in stored.select_related("model")}
    return {id: one for id, one in found.items() if one.revision == tried[id]}


def _round_probabilities(predictions: Sequence[Prediction]) -> list[list[float]]:
    each = np.array([prediction.probabilities for prediction in predictions])
    rounded: list[list[float]] = each.round(PROBABILITY_DECIMALS).tolist()
    return rounded


def _build_rasters(claims: Sequence[LeasedDrawing]) -> list[Raster | str]:
    """What the network sees of each, or the code of a failure."""
    drawn = iter(rasterize_many([claim.strokes for claim in claims if claim.strokes is not None]))
    return [
        _load_upload_raster(claim) if claim.strokes is None else next(drawn) for claim in claims
    ]


def _load_upload_raster(claim: LeasedDrawing) -> Raster | str:
    try:
        with default_storage.open(claim.picture) as file:
            return decode_upload(file.read())
    except UnreadableImage as error:
        return error.code if error.code in RECOGNITION_FAILURES else "unreadable"
    except FileNotFoundError:
        return "unreadable"
