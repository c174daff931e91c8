"""The first stage: a thread that stores submitted drawings in batches."""

from __future__ import annotations

import logging
import threading
import time
from asyncio import AbstractEventLoop
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from recognizer.ingest.batch_publisher import BatchPublisher
from recognizer.ingest.drawing_batch_upsert import StoreResult, store_batch
from recognizer.ingest.submission_types import CannotAccept, Outcome, Submission
from recognizer.messaging import event_publisher
from recognizer.prometheus_metrics import BATCH_SIZES, STAGE_SECONDS
from recognizer.trace_log import trace

log = logging.getLogger(__name__)

MAX_WRITE_ATTEMPTS = 3
"""A pool may hold several connections that a restart of the database has broken."""

WRITE_TIMEOUT_S = 4.0


class BatchWriter:
    """A thread with its own database connection."""

    def __init__(self, publisher: BatchPublisher) -> None:
        self._publisher = publisher
        self._queue: SimpleQueue[Submission | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def add(self, submission: Submission) -> None:
        self._queue.put(submission)

    def close(self) -> None:
        """Store all submitted drawings, then stop."""
        self._queue.put(None)
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while batch := self._next_batch():
            self._write(batch)
        connection.close()

    def _next_batch(self) -> list[Submission]:
        """Wait for a submission and return all that are queued; empty after `close`."""
        first = self._queue.get()
        if first is None:
            return []
        batch = [first]
        with suppress(Empty):
            while len(batch) < settings.INFERENCE_BATCH_SIZE:
                submission = self._queue.get_nowait()
                if submission is None:
                    self._queue.put(None)
                    break
                batch.append(submission)
        return batch

    def _write(self, batch: Sequence[Submission]) -> None:
        trace("received", ((one.ref, one.revision) for one in batch))
        stored = _store_with_retries(batch)
        trace("stored", ((one.ref, one.revision) for one in stored.pending))
        _deliver_outcomes(batch, stored.outcomes)
        self._publisher.add(stored.pending)
        event_publisher.publish_events(stored.events)


def _store_with_retries(batch: Sequence[Submission]) -> StoreResult:
    """Store a batch. If it fails for another reason than the connection, store the drawings one by
    one."""
    started = time.monotonic()
    for _ in range(MAX_WRITE_ATTEMPTS):
        try:
            with STAGE_SECONDS.labels("write").time():
                stored = store_batch(batch)
        except (OperationalError, InterfaceError) as error:
            log.warning("A batch of %d was not stored: %r", len(batch), error)
            connection.close()
            if time.monotonic() - started > WRITE_TIMEOUT_S:
                break
        except Exception:
            log.exception("A batch of %d cannot be stored", len(batch))
            connection.close()
            if len(batch) > 1:
                return _store_individually(batch)
            break
        else:
            BATCH_SIZES.observe(len(batch))
            return stored
    return StoreResult(outcomes=[CannotAccept("unavailable", retry_after_s=2) for _ in batch])


def _store_individually(batch: Sequence[Submission]) -> StoreResult:
    whole = StoreResult()
    for submission in batch:
        part = _store_with_retries([submission])
        whole.outcomes.extend(part.outcomes)
        whole.pending.extend(part.pending)
        whole.events.extend(part.events)
    return whole


def _deliver_outcomes(batch: Sequence[Submission], outcomes: Sequence[Outcome]) -> None:
    """Call `on_outcome` of each submission, waking each event loop once."""
    by_loop: dict[AbstractEventLoop, list[tuple[Submission, Outcome]]] = {}
    for submission, outcome in zip(batch, outcomes, strict=True):
        if submission.loop is None:
            submission.on_outcome(outcome)
        else:
            by_loop.setdefault(submission.loop, []).append((submission, outcome))
    for loop, deliveries in by_loop.items():
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(_deliver_in_loop, deliveries)


def _deliver_in_loop(deliveries: Sequence[tuple[Submission, Outcome]]) -> None:
    for submission, outcome in deliveries:
        submission.on_outcome(outcome)
