"""Names of Celery tasks and queues, and the payloads of tasks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

RECOGNIZE_TASK = "digitsite.recognize"
TRAIN_TASK = "digitsite.train"
SCHEDULED_RUN_TASK = "digitsite.scheduled_run"
EVALUATE_TASK = "digitsite.evaluate"
SHADOW_TASK = "digitsite.shadow"
SIDE_BY_SIDE_TASK = "digitsite.side_by_side"
CHECK_IMPORT_TASK = "digitsite.check_import"
EMBED_TASK = "digitsite.embed"
EXPLAIN_TASK = "digitsite.explain"

RECOGNITION_QUEUE = "recognition"
HEAVY_RECOGNITION_QUEUE = "recognition_heavy"
SIDE_BY_SIDE_QUEUE = "side_by_side"
EXPLAIN_QUEUE = "explain"
SHADOW_QUEUE = "shadow"
TRAINING_QUEUE = "training"
EVALUATION_QUEUE = "evaluation"
"""Not the queue of training: a run is sent only while no task waits there."""
BACKGROUND_QUEUES = (
    SIDE_BY_SIDE_QUEUE,
    EXPLAIN_QUEUE,
    SHADOW_QUEUE,
    TRAINING_QUEUE,
    EVALUATION_QUEUE,
)


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One drawing of a recognition batch.

    `ink` is JSON; it is empty for a picture, which the worker reads from the file storage.
    """

    id: str
    revision: int
    ink: str


@dataclass(frozen=True, slots=True)
class RecognitionBatch:
    """Drawings that a worker recognizes together. The results name the batch by `id`."""

    id: str
    drawings: list[BatchItem]


def encode_batch(batch_id: str, drawings: Iterable[tuple[str, int, str]]) -> str:
    """Return the payload of a recognition task as one string of lines: the batch, then `id revision
    ink` of each drawing.

    A drawing is (id, revision, ink as JSON without spaces, or empty). The worker rasterizes the ink
    without decoding it to lists.
    """
    return "\n".join([batch_id, *(f"{id} {revision} {ink}" for id, revision, ink in drawings)])


def decode_batch(payload: str) -> RecognitionBatch:
    """Decode the result of `encode_batch`."""
    batch_id, *lines = payload.split("\n")
    parts = (line.split(" ", 2) for line in lines)
    return RecognitionBatch(
        batch_id, [BatchItem(id, int(revision), ink) for id, revision, ink in parts]
    )


@dataclass(frozen=True, slots=True)
class SideBySideRequest:
    """A user's request for the predictions of all shown models for one drawing."""

    user_id: int
    id: str
    revision: int


def encode_side_by_side_requests(batch_id: str, requests: Iterable[SideBySideRequest]) -> str:
    """Return the payload of a side-by-side task. The results name the batch by its id."""
    rows = [(request.user_id, request.id, request.revision) for request in requests]
    return json.dumps({"batch": batch_id, "requests": rows})


def decode_side_by_side_requests(payload: str) -> tuple[str, list[SideBySideRequest]]:
    """Return the batch id and the requests of a side-by-side task."""
    raw = json.loads(payload)
    return raw["batch"], [SideBySideRequest(*row) for row in raw["requests"]]


def encode_drawing_revisions(drawings: Iterable[tuple[str, int]]) -> str:
    """Return the payload of a task about recognized drawings: (id, revision) of each."""
    return json.dumps(list(drawings))


def decode_drawing_revisions(payload: str) -> list[tuple[str, int]]:
    """Return (id, revision) of each drawing of a task."""
    return [(id, revision) for id, revision in json.loads(payload)]
