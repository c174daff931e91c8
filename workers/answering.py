"""From claimed drawings to answers: one batched forward, with the champion of this moment."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.core.files.storage import default_storage

from ml.pictures import UnreadablePicture, read_picture
from ml.predictor import Prediction
from ml.raster import Raster, rasterize_many
from recognizer.contract import FAILURES
from recognizer.models import Prediction as StoredPrediction
from workers.claiming import Claim
from workers.engine import Loaded, engine

DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one drawing: a prediction with its ten probabilities as they are stored and
    told, one that was stored before, or the code of a failure."""

    claim: Claim
    prediction: Prediction | None
    probabilities: Sequence[float] = ()
    error: str = ""
    kept: StoredPrediction | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to a group, the model that gave them, and the worker's own time."""

    model: Loaded
    answers: list[Answer]
    latency_ms: float


def answer_jobs(claims: Sequence[Claim]) -> Answers:
    """An answer for each claim."""
    started = time.perf_counter()
    model = engine.champion()
    kept = _find_kept(claims, model)
    new = [claim for claim in claims if claim.id not in kept]
    rasters = _make_rasters(new)
    seen = [raster for raster in rasters if not isinstance(raster, str)]
    predictions = model.predictor.predict_rasters(np.stack(seen)) if seen else []
    told = zip(predictions, _round_probabilities(predictions), strict=True)
    answers = [
        Answer(claim, None, error=raster) if isinstance(raster, str) else Answer(claim, *next(told))
        for claim, raster in zip(new, rasters, strict=True)
    ]
    adopted = [Answer(claim, None, kept=kept[claim.id]) for claim in claims if claim.id in kept]
    return Answers(model, answers + adopted, round((time.perf_counter() - started) * 1000, 3))


def _find_kept(claims: Sequence[Claim], model: Loaded) -> dict[str, StoredPrediction]:
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
    rounded: list[list[float]] = each.round(DECIMALS).tolist()
    return rounded


def _make_rasters(claims: Sequence[Claim]) -> list[Raster | str]:
    """What the network sees of each, or the code of a failure."""
    drawn = iter(rasterize_many([claim.strokes for claim in claims if claim.strokes is not None]))
    return [_read_file(claim) if claim.strokes is None else next(drawn) for claim in claims]


def _read_file(claim: Claim) -> Raster | str:
    try:
        with default_storage.open(claim.picture) as file:
            return read_picture(file.read())
    except UnreadablePicture as error:
        return error.code if error.code in FAILURES else "unreadable"
    except FileNotFoundError:
        return "unreadable"
