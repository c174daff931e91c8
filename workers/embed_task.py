"""The embedding task: features of drawings by the champion, and priorities of review items.

Review items with the reason `diverse` are ordered by k-center coverage. Safe to deliver
twice.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F, QuerySet

from ml.artifacts.model_card import CannotLoadRelease
from ml.inference.embedder import Embedder
from ml.k_center_greedy import k_center_greedy
from recognizer import protocol
from recognizer.models import Drawing, Embedding, ModelVersion, ReviewItem, ReviewReason
from recognizer.registry.artifact_store import CannotFetch
from recognizer.registry.promotion import load_champion
from recognizer.review.review_queue_prioritization import MAX_DIVERSITY_PRIORITY
from workers.app import app
from workers.fetch_model_files import fetch_model_dir
from workers.raster_unpacking import unpack_rasters

log = logging.getLogger(__name__)

MAX_COVERED_DRAWINGS = 1_000
"""The number of drawings with the newest ground truth that count as covered."""

Features = npt.NDArray[np.float16]
_embedders: dict[int, Embedder] = {}


@app.task(name=protocol.EMBED_TASK)
def embed(payload: str) -> None:
    """Embed the drawings whose ids are in the JSON list `payload`."""
    try:
        if embed_drawings(json.loads(payload)):
            rank_review_items()
    except (CannotFetch, CannotLoadRelease) as error:
        log.warning("Cannot load the champion to embed drawings: %s", error)
    except (OperationalError, InterfaceError) as error:
        log.warning("Embedding failed: %r", error)
        connection.close()


def embed_drawings(ids: Sequence[str]) -> int:
    """Return the number of stored embeddings. Raises CannotFetch and CannotLoadRelease."""
    champion = load_champion()
    predicted = Drawing.objects.filter(pk__in=ids, prediction__revision=F("revision"))
    drawings = list(predicted.values_list("pk", "revision", "prediction__raster"))
    if champion is None or not drawings:
        return 0
    rasters = unpack_rasters(b"".join(bytes(raster) for _, _, raster in drawings))
    embeddings = _load_embedder(champion).embed(rasters)
    rows = [
        Embedding(
            drawing_id=id,
            revision=revision,
            model=champion,
            features=embeddings.features[index].tobytes(),
            distance=round(float(embeddings.distances[index]), 6),
        )
        for index, (id, revision, _) in enumerate(drawings)
    ]
    return _store_embeddings(rows)


def rank_review_items() -> None:
    """Set the priority of diversity items by the order in which they cover the feature space."""
    items = ReviewItem.objects.filter(reason=ReviewReason.DIVERSE, lease=None)
    # Only features of the same model are comparable.
    comparable = Embedding.objects.filter(model=load_champion())
    waiting = _load_features(comparable.filter(drawing__review_item__in=items))
    if not waiting:
        return
    labelled = comparable.filter(drawing__ground_truth__revision=F("revision"))
    covered = _load_features(
        labelled.order_by("-drawing__ground_truth__decided_at")[:MAX_COVERED_DRAWINGS]
    )
    ids = list(waiting)
    order = k_center_greedy(_stack_features(waiting.values()), _stack_features(covered.values()))
    ranked = [
        ReviewItem(pk=ids[index], priority=MAX_DIVERSITY_PRIORITY * (1 - rank / len(ids)))
        for rank, index in enumerate(order)
    ]
    ReviewItem.objects.bulk_update(ranked, ["priority"])


def _load_embedder(champion: ModelVersion) -> Embedder:
    if champion.pk not in _embedders:
        folder = fetch_model_dir(champion)
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
    """Store all rows in one statement, or one by one if a drawing was erased meanwhile."""
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
