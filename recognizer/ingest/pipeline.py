"""The writer and the publisher of this process, started with the first drawing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from uuid import UUID

from recognizer.drawings.ink import Ink
from recognizer.ingest.batch_publisher import BatchPublisher
from recognizer.ingest.batch_writer import BatchWriter
from recognizer.ingest.submission import Accepted, CannotAccept, Outcome, Submission


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
) -> Future[Accepted]:
    """Hand in a drawing from any thread; the future raises CannotAccept when it is refused."""
    future: Future[Accepted] = Future()
    text = ink.json if ink else ""
    settle = partial(_resolve_future, future)
    _get_pipeline().writer.add(Submission(owner_id, ref, revision, text, picture, pointer, settle))
    return future


def submit_with_callback(
    *,
    owner_id: int,
    ref: UUID,
    revision: int,
    ink: Ink,
    pointer: str,
    answer: Callable[[Outcome], None],
) -> None:
    """The same from an event loop, where `answer` is called: one wake-up for a whole group."""
    loop = asyncio.get_running_loop()
    _get_pipeline().writer.add(
        Submission(owner_id, ref, revision, ink.json, "", pointer, answer, loop)
    )


def release_batch_slot(batch_id: str) -> None:
    """A group is answered: the next one may be sent."""
    if _pipeline is not None:
        _pipeline.publisher.release_batch_slot(batch_id)


def close() -> None:
    """Write and send what has come, then stop both threads."""
    global _pipeline
    with _lock:
        way, _pipeline = _pipeline, None
    if way is not None:
        way.writer.close()
        way.publisher.close()


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
