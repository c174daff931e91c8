"""The task that embeds drawings by the champion, and puts cards that nobody doubts in the order in
which they cover most. Delivered twice it does nothing twice.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F, QuerySet

from ml.card import CannotLoadRelease
from ml.embedding import Embedder, rank_by_spread
from ml.raster import SIZE
from recognizer import contract, registry
from recognizer.models import Drawing, Embedding, ModelVersion, ReviewItem, ReviewReason
from recognizer.review.order import WHEN_IDLE
from workers.app import app

log = logging.getLogger(__name__)

KNOWN = 1_000
"""So many of the drawings judged last count as covered."""

Features = npt.NDArray[np.float16]
_loaded: dict[int, Embedder] = {}


@app.task(name=contract.EMBED)
def embed(payload: str) -> None:
    """Ids of drawings, as JSON."""
    try:
        if embed_drawings(json.loads(payload)):
            order_cards()
    except (registry.CannotFetch, CannotLoadRelease) as error:
        log.warning("No drawing is embedded: %s", error)
    except (OperationalError, InterfaceError) as error:
        log.warning("Drawings are not embedded now: %r", error)
        connection.close()


def embed_drawings(ids: Sequence[str]) -> int:
    """How many were. Raises CannotFetch and CannotLoadRelease."""
    champion = registry.champion()
    answered = Drawing.objects.filter(pk__in=ids, prediction__revision=F("revision"))
    seen = list(answered.values_list("pk", "revision", "prediction__raster"))
    if champion is None or not seen:
        return 0
    pictures = np.frombuffer(b"".join(bytes(raster) for _, _, raster in seen), np.uint8)
    found = _load(champion).embed(pictures.reshape(-1, SIZE, SIZE))
    rows = [
        Embedding(
            drawing_id=id,
            revision=revision,
            model=champion,
            features=found.features[place].tobytes(),
            distance=round(float(found.distances[place]), 6),
        )
        for place, (id, revision, _) in enumerate(seen)
    ]
    return _store(rows)


def order_cards() -> None:
    """Those that wait only because reviewers may have time: the ones that cover most first."""
    cards = ReviewItem.objects.filter(reason=ReviewReason.DIVERSE, lease=None)
    alike = Embedding.objects.filter(model=registry.champion())  # in one space
    waiting = _read_features(alike.filter(drawing__review_item__in=cards))
    if not waiting:
        return
    judged = alike.filter(drawing__ground_truth__revision=F("revision"))
    known = _read_features(judged.order_by("-drawing__ground_truth__decided_at")[:KNOWN])
    ids = list(waiting)
    order = rank_by_spread(_stack(waiting.values()), _stack(known.values()))
    ranked = [
        ReviewItem(pk=ids[place], priority=WHEN_IDLE * (1 - rank / len(ids)))
        for rank, place in enumerate(order)
    ]
    ReviewItem.objects.bulk_update(ranked, ["priority"])


def _load(champion: ModelVersion) -> Embedder:
    if champion.pk not in _loaded:
        folder = registry.fetch_model(champion, settings.HOME / "models")
        _loaded.clear()
        _loaded[champion.pk] = Embedder(folder)
    return _loaded[champion.pk]


def _read_features(rows: QuerySet[Embedding]) -> dict[UUID, Features]:
    found = rows.values_list("drawing_id", "features")
    return {id: np.frombuffer(bytes(features), np.float16) for id, features in found}


def _stack(rows: Iterable[Features]) -> Features:
    listed = list(rows)
    return np.stack(listed) if listed else np.empty((0, 0), np.float16)


def _store(rows: Sequence[Embedding]) -> int:
    """All at once; one by one when a drawing was erased meanwhile."""
    try:
        with transaction.atomic():
            Embedding.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["drawing"],
                update_fields=["revision", "model", "features", "distance"],
            )
    except IntegrityError:
        return sum(_store([row]) for row in rows) if len(rows) > 1 else 0
    return len(rows)
