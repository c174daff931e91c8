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

from ml.card import CannotLoadRelease
from ml.predictor import Prediction as Answer
from ml.raster import SIZE
from recognizer import contract, registry
from recognizer.models import ModelVersion, Prediction
from workers.answering import DECIMALS
from workers.app import app
from workers.engine import Engine

log = logging.getLogger(__name__)

Rasters = Mapping[tuple[UUID, int], bytes]
"""What the champion saw, by drawing and revision."""

_engine = Engine()


@app.task(name=contract.SHADOW)
def shadow(payload: str) -> None:
    """One group that was answered."""
    try:
        answer_in_the_shadow(contract.decode_answered(payload))
    except (OperationalError, InterfaceError) as error:
        log.warning("A group is not answered in the shadow: %r", error)
        connection.close()


def answer_in_the_shadow(drawings: Sequence[tuple[str, int]]) -> int:
    """How many answers were made."""
    challengers = registry.list_shadows()
    _engine.keep({version.sha256 for version in challengers})
    seen = _find_seen(drawings) if challengers else {}
    return sum(_answer(version, seen) for version in challengers)


def _answer(version: ModelVersion, seen: Rasters) -> int:
    """One that cannot be loaded answers nothing; its page says that it has no answers."""
    answered = Prediction.objects.filter(drawing__in=[id for id, _ in seen], model=version)
    done = set(answered.values_list("drawing_id", "revision"))
    left = [key for key in seen if key not in done]
    if not left:
        return 0
    try:
        loaded = _engine.load(version)
    except (registry.CannotFetch, CannotLoadRelease) as error:
        log.warning("%s cannot answer in the shadow: %s", version, error)
        return 0
    started = time.perf_counter()
    rasters = np.frombuffer(b"".join(seen[key] for key in left), np.uint8)
    answers = loaded.predictor.predict_rasters(rasters.reshape(-1, SIZE, SIZE))
    latency_ms = round(1000 * (time.perf_counter() - started), 3)
    rows = [
        _row(version, key, answer, latency_ms) for key, answer in zip(left, answers, strict=True)
    ]
    return _store(rows)


def _find_seen(drawings: Sequence[tuple[str, int]]) -> Rasters:
    wanted = {(UUID(id), revision) for id, revision in drawings}
    stored = Prediction.objects.filter(drawing__in=[id for id, _ in wanted])
    rows = stored.values_list("drawing_id", "revision", "raster")
    return {
        (id, revision): bytes(raster) for id, revision, raster in rows if (id, revision) in wanted
    }


def _row(
    version: ModelVersion, key: tuple[UUID, int], answer: Answer, latency_ms: float
) -> Prediction:
    return Prediction(
        drawing_id=key[0],
        revision=key[1],
        model=version,
        decision=answer.decision,
        digit=answer.digit,
        confidence=round(answer.confidence, DECIMALS),
        probabilities=[round(share, DECIMALS) for share in answer.probabilities],
        raster=answer.raster,
        latency_ms=latency_ms,
        created_at=timezone.now(),
    )


def _store(rows: Sequence[Prediction]) -> int:
    """All at once; one by one when a drawing was erased meanwhile."""
    try:
        Prediction.objects.bulk_create(rows, ignore_conflicts=True)
    except IntegrityError:
        if len(rows) == 1:
            return 0
        return sum(_store([row]) for row in rows)
    return len(rows)
