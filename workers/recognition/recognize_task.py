"""The recognition task: lease, predict, store, publish. Safe to deliver twice."""

from __future__ import annotations

import logging

from django.db import InterfaceError, OperationalError, connection

from recognizer import protocol
from recognizer.messaging import event_publisher
from recognizer.trace_log import batch_context, trace
from workers.app import app
from workers.recognition.batch_inference import run_inference
from workers.recognition.drawing_leases import acquire_drawings
from workers.recognition.lease_renewal import lease_renewal
from workers.recognition.model_cache import model_cache
from workers.recognition.prediction_store import store_predictions
from workers.recognition.shadow_publisher import shadow_publisher

log = logging.getLogger(__name__)


@app.task(name=protocol.RECOGNIZE_TASK)
def recognize(payload: str) -> None:
    """Recognize one batch. The sweep finds unfinished drawings by their expired leases."""
    batch = protocol.decode_batch(payload)
    with batch_context(batch.id):
        try:
            recognize_batch(batch)
        except (OperationalError, InterfaceError) as error:
            log.warning("A batch of %d is left to the sweep: %r", len(batch.drawings), error)
            connection.close()


def recognize_batch(batch: protocol.RecognitionBatch) -> None:
    drawings = acquire_drawings(batch)
    events: list[event_publisher.DrawingEvent] = []
    if drawings:
        with lease_renewal.hold(drawings):
            results = run_inference(drawings)
        events = store_predictions(results)
    trace("recognized", ((one.ref, one.revision) for one in drawings), batch_id=batch.id)
    event_publisher.publish_results(events, batch_id=batch.id)
    if model_cache.has_shadow_models:
        shadow_publisher.enqueue(drawings)
