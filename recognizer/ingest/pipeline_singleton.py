"""The writer and the publisher of this process, started by the first drawing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from uuid import UUID

from recognizer.drawings.ink_validation import Ink
from recognizer.ingest.batch_publisher import BatchPublisher
from recognizer.ingest.batch_writer import BatchWriter
from recognizer.ingest.submission_types import Accepted, CannotAccept, Outcome, Submission


class _Pipeline:
    def __init__(self) -> None:
        self.publisher = BatchPublisher()
        self.writer = BatchWriter(self.publisher)


_lock = threading.Lock()
_pipeline: _Pipeline | None = None


def submit(
    *,
    owner_id: int,
    ref: UUID,
    revision: int,
    ink: Ink | None,
    picture: str = "",
    pointer: str = "",
    prompt: int | None = None,
) -> Future[Accepted]:
    """Submit a drawing from any thread. The future raises CannotAccept if it is refused."""
    future: Future[Accepted] = Future()
    text = ink.json if ink else ""
    resolve = partial(_resolve_future, future)
    submission = Submission(owner_id, ref, revision, text, picture, pointer, resolve, prompt=prompt)
    _get_pipeline().writer.add(submission)
    return future


def submit_with_callback(
    *,
    owner_id: int,
    ref: UUID,
    revision: int,
    ink: Ink,
    pointer: str,
    age_s: float,
    on_outcome: Callable[[Outcome], None],
) -> None:
    """Submit a drawing from an event loop, which calls `on_outcome`: one wake-up per batch."""
    loop = asyncio.get_running_loop()
    submission = Submission(
        owner_id, ref, revision, ink.json, "", pointer, on_outcome, loop, age_s=age_s
    )
    _get_pipeline().writer.add(submission)


def release_batch_slot(batch_id: str) -> None:
    """Free the slot of a batch that has its results, so that the next one can be sent."""
    if _pipeline is not None:
        _pipeline.publisher.release_batch_slot(batch_id)


def close() -> None:
    """Store and send all submitted drawings, then stop both threads. The next drawing restarts
    them."""
    global _pipeline
    with _lock:
        pipeline, _pipeline = _pipeline, None
    if pipeline is not None:
        pipeline.writer.close()
        pipeline.publisher.close()


def _get_pipeline() -> _Pipeline:
    global _pipeline
    if _pipeline is None:
        with _lock:
            _pipeline = _pipeline or _Pipeline()
    return _pipeline


def _resolve_future(future: Future[Accepted], outcome: Outcome) -> None:
    if isinstance(outcome, CannotAccept):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
