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

from ml.config import DatasetName
from ml.data.datasets import DatasetMissing, clear_dataset_cache
from ml.explain.nearest_neighbours import (
    NeighbourIndex,
    build_neighbour_index,
    load_training_examples,
)
from ml.inference.embedder import Embedder

log = logging.getLogger(__name__)

NUM_PROGRESS_STEPS = 20
RETRY_INTERVAL_S = 600.0


@dataclass(frozen=True, slots=True)
class IndexListener:
    """Who wants an index: hears of every step done, of so many, and of its end: the index, None
    where there is no data, or the error."""

    say_progress: Callable[[int, int], None]
    finish: Callable[[NeighbourIndex | None, Exception | None], None]


class CannotIndex(Exception):
    """Says why; holds nothing of what was read."""


_lock = threading.Lock()
_listeners: dict[Path, list[IndexListener]] = {}
_failures: dict[Path, tuple[float, CannotIndex]] = {}


def request_index(
    folder: Path, *, embedder: Embedder, base: Sequence[DatasetName], waiting: IndexListener
) -> None:
    """Have the index of a network made in a thread of its own, once for all who wait for it. One
    that went wrong is not tried again at once: its error stands for a while."""
    error = _find_failure(folder)
    if error is not None:
        return waiting.finish(None, error)
    with _lock:
        all_waiting = _listeners.setdefault(folder, [])
        all_waiting.append(waiting)
        if len(all_waiting) > 1:
            return
    arguments = (folder, embedder, base)
    threading.Thread(target=_run_build, args=arguments, name="index", daemon=True).start()


def _find_failure(folder: Path) -> CannotIndex | None:
    with _lock:
        failed_at, error = _failures.get(folder, (0.0, None))
    return error if time.monotonic() - failed_at < RETRY_INTERVAL_S else None


def _run_build(folder: Path, embedder: Embedder, base: Sequence[DatasetName]) -> None:
    index: NeighbourIndex | None = None
    error: CannotIndex | None = None
    try:
        _notify_progress(folder, 0)
        index = build_neighbour_index(
            embedder, load_training_examples(base), folder, on_progress=_StepProgress(folder)
        )
    except DatasetMissing as missing:
        log.info("No training drawings to look through: %s", missing)
    except Exception as found:  # a thread's fault is nobody's else
        log.exception("The index of %s was not made", folder.name)
        error = CannotIndex(repr(found))
    finally:
        clear_dataset_cache()
    with _lock:
        if error is not None:
            _failures[folder] = (time.monotonic(), error)
        all_waiting = _listeners.pop(folder)
    for waiting in all_waiting:
        _call_listener(partial(waiting.finish, index, error))


class _StepProgress:
    """Tells a step once, not each of hundreds of parts of it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._told = folder, 0

    def __call__(self, share: float) -> None:
        step = 1 + int(share * (NUM_PROGRESS_STEPS - 1))
        if step > self._told:
            self._told = step
            _notify_progress(self._folder, step)


def _notify_progress(folder: Path, step: int) -> None:
    with _lock:
        all_waiting = list(_listeners[folder])
    for waiting in all_waiting:
        _call_listener(partial(waiting.say_progress, step, NUM_PROGRESS_STEPS))


def _call_listener(told: Callable[[], None]) -> None:
    """One who cannot be told costs the others nothing."""
    try:
        told()
    except Exception:
        log.exception("Somebody who waits for an index was not told")
