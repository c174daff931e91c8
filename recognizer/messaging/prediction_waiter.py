"""Threads that wait for the predictions of drawings: HTTP requests with `?wait=`."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from recognizer.db.connection_release import release_connection
from recognizer.models import Drawing, Status

RECHECK_INTERVAL_S = 0.25
"""How often the database is read in case a message is lost."""

_waiters: dict[str, set[threading.Event]] = {}
_lock = threading.Lock()


def wait_for_predictions(ids: Sequence[UUID], timeout_s: float) -> None:
    """Block until no drawing is queued, at most `timeout_s` seconds."""
    deadline = time.monotonic() + timeout_s
    wakeup = threading.Event()
    with _registered_waiter([str(id) for id in ids], wakeup):
        while Drawing.objects.filter(id__in=ids, status=Status.QUEUED, deleted_at=None).exists():
            remaining_s = deadline - time.monotonic()
            if remaining_s <= 0:
                return
            release_connection()  # there may be more waiters than connections in the pool
            wakeup.wait(min(remaining_s, RECHECK_INTERVAL_S))
            wakeup.clear()


def wake_waiters(drawing_ids: Iterable[str]) -> None:
    """Wake the threads that wait for the predictions of these drawings."""
    for id in drawing_ids:
        for wakeup in tuple(_waiters.get(id, ())):
            wakeup.set()


@contextmanager
def _registered_waiter(ids: Sequence[str], wakeup: threading.Event) -> Iterator[None]:
    with _lock:
        for id in ids:
            _waiters.setdefault(id, set()).add(wakeup)
    try:
        yield
    finally:
        with _lock:
            for id in ids:
                _waiters[id].discard(wakeup)
                if not _waiters[id]:
                    del _waiters[id]
