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

from recognizer import delivery
from recognizer.intake.publisher import Publisher
from recognizer.intake.store import Stored, store_group
from recognizer.intake.submission import CannotAccept, Outcome, Submission
from recognizer.metrics import GROUP_SIZES, STAGE_SECONDS

log = logging.getLogger(__name__)

ATTEMPTS = 3
"""A pool may hold several connections that a restart of the database broke."""

GIVES_UP_AFTER_S = 4.0


class Writer:
    """A thread with a database connection of its own."""

    def __init__(self, publisher: Publisher) -> None:
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
        while group := self._next_group():
            self._write(group)
        connection.close()

    def _next_group(self) -> list[Submission]:
        """All that waits, up to the limit; empty when the writer is closed."""
        first = self._queue.get()
        if first is None:
            return []
        group = [first]
        with suppress(Empty):
            while len(group) < settings.GROUP_LIMIT:
                submission = self._queue.get_nowait()
                if submission is None:
                    self._queue.put(None)
                    break
                group.append(submission)
        return group

    def _write(self, group: Sequence[Submission]) -> None:
        stored = _store(group)
        _answer(group, stored.outcomes)
        self._publisher.add(stored.jobs)
        delivery.announce_changes(stored.changes)


def _store(group: Sequence[Submission]) -> Stored:
    """Store the group; when the reason of a failure lies in one of them, store each by itself."""
    started = time.monotonic()
    for _ in range(ATTEMPTS):
        try:
            with STAGE_SECONDS.labels("write").time():
                stored = store_group(group)
        except (OperationalError, InterfaceError) as error:
            log.warning("A group of %d was not written: %r", len(group), error)
            connection.close()
            if time.monotonic() - started > GIVES_UP_AFTER_S:
                break
        except Exception:
            log.exception("A group of %d could not be written", len(group))
            connection.close()
            if len(group) > 1:
                return _store_singly(group)
            break
        else:
            GROUP_SIZES.observe(len(group))
            return stored
    return Stored(outcomes=[CannotAccept("unavailable", retry_after_s=2) for _ in group])


def _store_singly(group: Sequence[Submission]) -> Stored:
    whole = Stored()
    for submission in group:
        part = _store([submission])
        whole.outcomes.extend(part.outcomes)
        whole.jobs.extend(part.jobs)
        whole.changes.extend(part.changes)
    return whole


def _answer(group: Sequence[Submission], outcomes: Sequence[Outcome]) -> None:
    """Hand out the outcomes, waking each event loop once."""
    by_loop: dict[AbstractEventLoop, list[tuple[Submission, Outcome]]] = {}
    for submission, outcome in zip(group, outcomes, strict=True):
        if submission.loop is None:
            submission.answer(outcome)
        else:
            by_loop.setdefault(submission.loop, []).append((submission, outcome))
    for loop, answers in by_loop.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits there any more
            loop.call_soon_threadsafe(_answer_in_loop, answers)


def _answer_in_loop(answers: Sequence[tuple[Submission, Outcome]]) -> None:
    for submission, outcome in answers:
        submission.answer(outcome)
