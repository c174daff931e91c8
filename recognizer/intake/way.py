"""The writer and the publisher of this process, started with the first drawing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from uuid import UUID

from recognizer.ink import Ink
from recognizer.intake.publisher import Publisher
from recognizer.intake.submission import Accepted, CannotAccept, Outcome, Submission
from recognizer.intake.writer import Writer


class _Way:
    def __init__(self) -> None:
        self.publisher = Publisher()
        self.writer = Writer(self.publisher)


_lock = threading.Lock()
_way: _Way | None = None


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
    settle = partial(_settle, future)
    _open().writer.add(Submission(owner_id, ref, revision, text, picture, pointer, settle))
    return future


def submit_from_loop(
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
    _open().writer.add(Submission(owner_id, ref, revision, ink.json, "", pointer, answer, loop))


def return_credit(group_id: str) -> None:
    """A group is answered: the next one may be sent."""
    if _way is not None:
        _way.publisher.return_credit(group_id)


def close() -> None:
    """Write and send what has come, then stop both threads."""
    global _way
    with _lock:
        way, _way = _way, None
    if way is not None:
        way.writer.close()
        way.publisher.close()


def _open() -> _Way:
    global _way
    if _way is None:
        with _lock:
            _way = _way or _Way()
    return _way


def _settle(future: Future[Accepted], outcome: Outcome) -> None:
    if isinstance(outcome, CannotAccept):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
