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

from ml.card import CannotLoadRelease
from ml.predictor import Prediction as Answer
from ml.predictor import Predictor
from ml.raster import SIZE, Raster
from recognizer import beside as panel
from recognizer import contract, delivery, registry
from recognizer.models import Drawing, ModelVersion
from workers.answering import DECIMALS
from workers.app import app
from workers.engine import Engine

log = logging.getLogger(__name__)

TRY_AGAIN_S = 30.0
DIGITS = 10

_engine = Engine()
_not_before: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class Seen:
    """A drawing: whose it is, its revision, which one was answered, what was seen of that."""

    owner_id: int
    revision: int
    answered: int | None
    raster: bytes


@app.task(name=contract.BESIDE)
def beside(payload: str) -> None:
    """One group of questions. What is lost is asked again by who still looks."""
    group_id, asks = contract.decode_asks(payload)
    try:
        messages = answer_side_by_side(asks)
    except (OperationalError, InterfaceError) as error:
        log.warning("A group is not read side by side: %r", error)
        connection.close()
        return
    delivery.tell_beside(group_id=group_id, messages=messages)


def answer_side_by_side(asks: Sequence[contract.Ask]) -> list[contract.JSON]:
    """A message for each question, in order."""
    seen = _find_seen({ask.id for ask in asks})
    codes = [_find_fault(ask, seen.get(ask.id)) for ask in asks]
    read = [ask for ask, code in zip(asks, codes, strict=True) if not code]
    columns = _read_all(b"".join(seen[ask.id].raster for ask in read), len(read))
    answers = iter(zip(*columns, strict=True) if columns else [()] * len(read))
    return [
        contract.no_beside_message(ask, code)
        if code
        else contract.beside_message(ask, list(next(answers)))
        for ask, code in zip(asks, codes, strict=True)
    ]


def _find_seen(ids: set[str]) -> dict[str, Seen]:
    stored = Drawing.objects.filter(pk__in=ids, deleted_at=None).select_related("prediction")
    fields = "owner_id", "revision", "prediction__revision", "prediction__raster"
    return {
        str(drawing.pk): Seen(
            drawing.owner_id,
            drawing.revision,
            drawing.prediction.revision if drawing.prediction else None,
            bytes(drawing.prediction.raster) if drawing.prediction else b"",
        )
        for drawing in stored.only(*fields)
    }


def _find_fault(ask: contract.Ask, seen: Seen | None) -> str:
    """A code, or nothing. What is another's and what never was look the same."""
    if seen is None or seen.owner_id != ask.user_id:
        return "not_found"
    return "" if seen.revision == seen.answered == ask.revision else "stale"


def _read_all(rasters: bytes, count: int) -> list[list[contract.JSON]]:
    """For each model what it says of each raster. One that errs does not take the others along."""
    versions = panel.list_shown()
    _engine.keep({version.sha256 for version in versions})
    pictures = np.frombuffer(rasters, np.uint8).reshape(count, SIZE, SIZE)
    return [_read(version, pictures) for version in versions] if count else []


def _read(version: ModelVersion, pictures: Raster) -> list[contract.JSON]:
    predictor = _load(version)
    if predictor is None:
        return [contract.no_reading_json(version.ref, "cannot_load")] * len(pictures)
    started = time.perf_counter()
    try:
        answers = predictor.predict_rasters(pictures)
    except Exception:  # whatever a backend raises is this model's trouble, not the others'
        log.exception("%s cannot read", version)
        return [contract.no_reading_json(version.ref, "cannot_predict")] * len(pictures)
    latency_ms = round(1000 * (time.perf_counter() - started), 3)
    return [_describe(version, answer, predictor, latency_ms) for answer in answers]


def _load(version: ModelVersion) -> Predictor | None:
    if time.monotonic() < _not_before.get(version.sha256, 0):
        return None
    try:
        return _engine.load(version).predictor
    except (registry.CannotFetch, CannotLoadRelease) as error:
        log.warning("%s cannot answer side by side: %s", version, error)
    except Exception:  # a file that its hash vouches for, and that the backend cannot take
        log.exception("%s cannot be loaded", version)
    _not_before[version.sha256] = time.monotonic() + TRY_AGAIN_S
    return None


def _describe(
    version: ModelVersion, answer: Answer, predictor: Predictor, latency_ms: float
) -> contract.JSON:
    fields = contract.answer_json(
        decision=answer.decision,
        digit=answer.digit,
        confidence=round(answer.confidence, DECIMALS),
        probabilities=[round(share, DECIMALS) for share in answer.probabilities],
        model=version.ref,
        latency_ms=latency_ms,
    )
    return {**fields, "rejects": predictor.outputs > DIGITS}
