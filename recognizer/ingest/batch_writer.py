"""The first stage: writes what came, at once when nothing is being written, else in groups."""

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
from recognizer.ingest.drawing_store import StoreResult, store_batch
from recognizer.ingest.submission import CannotAccept, Outcome, Submission
from recognizer.messaging import event_publisher
from recognizer.metrics import BATCH_SIZES, STAGE_SECONDS

log = logging.getLogger(__name__)

MAX_WRITE_ATTEMPTS = 3
"""A pool may hold several connections that a restart of the database broke."""

WRITE_TIMEOUT_S = 4.0


class BatchWriter:
    """A thread with a database connection of its own."""

    def __init__(self, publisher: BatchPublisher) -> None:
        self._publisher = publisher
        self._queue: SimpleQueue[Submission | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def add(self, submission: Submission) -> None:
        self._queue.put(submission)

    def close(self) -> None:
        """Write what has come, then stop."""
        self._queue.put(None)
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while group := self._next_batch():
            self._write(group)
        connection.close()

    def _next_batch(self) -> list[Submission]:
        """All that waits, up to the limit; empty when the writer is closed."""
        first = self._queue.get()
        if first is None:
            return []
        group = [first]
        with suppress(Empty):
            while len(group) < settings.INFERENCE_BATCH_SIZE:
                submission = self._queue.get_nowait()
                if submission is None:
                    self._queue.put(None)
                    break
                group.append(submission)
        return group

    def _write(self, group: Sequence[Submission]) -> None:
        stored = _store_with_retries(group)
        _deliver_outcomes(group, stored.outcomes)
        self._publisher.add(stored.jobs)
        event_publisher.publish_events(stored.changes)


def _store_with_retries(group: Sequence[Submission]) -> StoreResult:
    """Store the group; when the reason of a failure lies in one of them, store each by itself."""
    started = time.monotonic()
    for _ in range(MAX_WRITE_ATTEMPTS):
        try:
            with STAGE_SECONDS.labels("write").time():
                stored = store_batch(group)
        except (OperationalError, InterfaceError) as error:
            log.warning("A group of %d was not written: %r", len(group), error)
            connection.close()
            if time.monotonic() - started > WRITE_TIMEOUT_S:
                break
        except Exception:
            log.exception("A group of %d could not be written", len(group))
            connection.close()
            if len(group) > 1:
                return _store_individually(group)
            break
        else:
            BATCH_SIZES.observe(len(group))
            return stored
    return StoreResult(outcomes=[CannotAccept("unavailable", retry_after_s=2) for _ in group])


def _store_individually(group: Sequence[Submission]) -> StoreResult:
    whole = StoreResult()
    for submission in group:
        part = _store_with_retries([submission])
        whole.outcomes.extend(part.outcomes)
        whole.jobs.extend(part.jobs)
        whole.changes.extend(part.changes)
    return whole


def _deliver_outcomes(group: Sequence[Submission], outcomes: Sequence[Outcome]) -> None:
    """Hand out the outcomes, waking each event loop once."""
    by_loop: dict[AbstractEventLoop, list[tuple[Submission, Outcome]]] = {}
    for submission, outcome in zip(group, outcomes, strict=True):
        if submission.loop is None:
            submission.answer(outcome)
        else:
            by_loop.setdefault(submission.loop, []).append((submission, outcome))
    for loop, answers in by_loop.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits there any more
            loop.call_soon_threadsafe(_deliver_in_loop, answers)


def _deliver_in_loop(answers: Sequence[tuple[Submission, Outcome]]) -> None:
    for submission, outcome in answers:
        submission.answer(outcome)
