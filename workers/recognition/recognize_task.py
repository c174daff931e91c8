"""The task: claim, compute what was claimed, store, tell. Delivered twice it does nothing twice."""

from __future__ import annotations

import logging

import orjson
from django.db import InterfaceError, OperationalError, connection

from recognizer import protocol
from recognizer.messaging import event_publisher
from workers.app import app
from workers.recognition.drawing_leases import acquire_drawings
from workers.recognition.inference import run_inference
from workers.recognition.model_cache import model_cache
from workers.recognition.prediction_store import store_predictions
from workers.recognition.shadow_publisher import shadow_publisher

log = logging.getLogger(__name__)


@app.task(name=protocol.RECOGNIZE_TASK)
def recognize(payload: str) -> None:
    """One group. What it cannot finish is found again by its lease, whatever the reason."""
    group = protocol.decode_batch(payload, loads=orjson.loads)
    try:
        recognize_batch(group)
    except (OperationalError, InterfaceError) as error:
        log.warning("A group of %d is left to the sweep: %r", len(group.drawings), error)
        connection.close()


def recognize_batch(group: protocol.RecognitionBatch) -> None:
    claims = acquire_drawings(group)
    changes = store_predictions(run_inference(claims)) if claims else []
    event_publisher.publish_events(changes, batch_id=group.id)
    if model_cache.has_shadow_models:
        shadow_publisher.enqueue(claims)
