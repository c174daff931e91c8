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

from ml.artifacts.model_card import CannotLoadRelease
from ml.inference.embedder import Embedder, k_center_greedy
from ml.preprocessing.rasterize import IMAGE_SIZE
from recognizer import protocol
from recognizer.models import Drawing, Embedding, ModelVersion, ReviewItem, ReviewReason
from recognizer.registry.artifact_store import CannotFetch, fetch_model
from recognizer.registry.promotion import load_champion
from recognizer.review.prioritization import MAX_DIVERSITY_PRIORITY
from workers.app import app

log = logging.getLogger(__name__)

MAX_COVERED_DRAWINGS = 1_000
"""So many of the drawings judged last count as covered."""

Features = npt.NDArray[np.float16]
_embedders: dict[int, Embedder] = {}


@app.task(name=protocol.EMBED_TASK)
def embed(payload: str) -> None:
    """Ids of drawings, as JSON."""
    try:
        if embed_drawings(json.loads(payload)):
            rank_review_items()
    except (CannotFetch, CannotLoadRelease) as error:
        log.warning("No drawing is embedded: %s", error)
    except (OperationalError, InterfaceError) as error:
        log.warning("Drawings are not embedded now: %r", error)
        connection.close()


def embed_drawings(ids: Sequence[str]) -> int:
    """How many were. Raises CannotFetch and CannotLoadRelease."""
    champion = load_champion()
    answered = Drawing.objects.filter(pk__in=ids, prediction__revision=F("revision"))
    seen = list(answered.values_list("pk", "revision", "prediction__raster"))
    if champion is None or not seen:
        return 0
    pictures = np.frombuffer(b"".join(bytes(raster) for _, _, raster in seen), np.uint8)
    found = _load_embedder(champion).embed(pictures.reshape(-1, IMAGE_SIZE, IMAGE_SIZE))
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
    return _store_embeddings(rows)


def rank_review_items() -> None:
    """Those that wait only because reviewers may have time: the ones that cover most first."""
    cards = ReviewItem.objects.filter(reason=ReviewReason.DIVERSE, lease=None)
    alike = Embedding.objects.filter(model=load_champion())  # in one space
    waiting = _load_features(alike.filter(drawing__review_item__in=cards))
    if not waiting:
        return
    judged = alike.filter(drawing__ground_truth__revision=F("revision"))
    known = _load_features(
        judged.order_by("-drawing__ground_truth__decided_at")[:MAX_COVERED_DRAWINGS]
    )
    ids = list(waiting)
    order = k_center_greedy(_stack_features(waiting.values()), _stack_features(known.values()))
    ranked = [
        ReviewItem(pk=ids[place], priority=MAX_DIVERSITY_PRIORITY * (1 - rank / len(ids)))
        for rank, place in enumerate(order)
    ]
    ReviewItem.objects.bulk_update(ranked, ["priority"])


def _load_embedder(champion: ModelVersion) -> Embedder:
    if champion.pk not in _embedders:
        folder = fetch_model(champion, settings.STATE_DIR / "models")
        _embedders.clear()
        _embedders[champion.pk] = Embedder(folder)
    return _embedders[champion.pk]


def _load_features(rows: QuerySet[Embedding]) -> dict[UUID, Features]:
    found = rows.values_list("drawing_id", "features")
    return {id: np.frombuffer(bytes(features), np.float16) for id, features in found}


def _stack_features(rows: Iterable[Features]) -> Features:
    listed = list(rows)
    return np.stack(listed) if listed else np.empty((0, 0), np.float16)


def _store_embeddings(rows: Sequence[Embedding]) -> int:
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
        return sum(_store_embeddings([row]) for row in rows) if len(rows) > 1 else 0
    return len(rows)
