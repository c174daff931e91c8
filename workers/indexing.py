"""Makes the index of training drawings beside the tasks: it takes seconds, on a busy machine a
minute, and a background worker has other things to answer meanwhile. Never asks the database.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ml.datasets import DataMissing, forget_read
from ml.embedding import Embedder
from ml.explanation.neighbours import Index, build_index, load_taught
from ml.recipe import Base

log = logging.getLogger(__name__)

STEPS = 20
TRIED_AGAIN_AFTER_S = 600.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who wants an index: hears of every step done, of so many, and of its end: the index, None
    where there is no data, or the error."""

    say_progress: Callable[[int, int], None]
    finish: Callable[[Index | None, Exception | None], None]


class CannotIndex(Exception):
    """Says why; holds nothing of what was read."""


_lock = threading.Lock()
_waiting: dict[Path, list[Waiting]] = {}
_failed: dict[Path, tuple[float, CannotIndex]] = {}


def build_for(folder: Path, *, embedder: Embedder, base: Sequence[Base], waiting: Waiting) -> None:
    """Have the index of a network made in a thread of its own, once for all who wait for it. One
    that went wrong is not tried again at once: its error stands for a while."""
    error = _find_failure(folder)
    if error is not None:
        return waiting.finish(None, error)
    with _lock:
        all_waiting = _waiting.setdefault(folder, [])
        all_waiting.append(waiting)
        if len(all_waiting) > 1:
            return
    arguments = (folder, embedder, base)
    threading.Thread(target=_build, args=arguments, name="index", daemon=True).start()


def _find_failure(folder: Path) -> CannotIndex | None:
    with _lock:
        failed_at, error = _failed.get(folder, (0.0, None))
    return error if time.monotonic() - failed_at < TRIED_AGAIN_AFTER_S else None


def _build(folder: Path, embedder: Embedder, base: Sequence[Base]) -> None:
    index: Index | None = None
    error: CannotIndex | None = None
    try:
        _tell(folder, 0)
        index = build_index(embedder, load_taught(base), folder, on_progress=_Teller(folder))
    except DataMissing as missing:
        log.info("No training drawings to look through: %s", missing)
    except Exception as found:  # a thread's fault is nobody's else
        log.exception("The index of %s was not made", folder.name)
        error = CannotIndex(repr(found))
    finally:
        forget_read()
    with _lock:
        if error is not None:
            _failed[folder] = (time.monotonic(), error)
        all_waiting = _waiting.pop(folder)
    for waiting in all_waiting:
        _call(partial(waiting.finish, index, error))


class _Teller:
    """Tells a step once, not each of hundreds of parts of it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._told = folder, 0

    def __call__(self, share: float) -> None:
        step = 1 + int(share * (STEPS - 1))
        if step > self._told:
            self._told = step
            _tell(self._folder, step)


def _tell(folder: Path, step: int) -> None:
    with _lock:
        all_waiting = list(_waiting[folder])
    for waiting in all_waiting:
        _call(partial(waiting.say_progress, step, STEPS))


def _call(told: Callable[[], None]) -> None:
    """One who cannot be told costs the others nothing."""
    try:
        told()
    except Exception:
        log.exception("Somebody who waits for an index was not told")
