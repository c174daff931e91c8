"""Index of training drawings, built in a thread so that the background worker stays free.

It takes seconds, on a busy machine a minute. The thread makes no database query.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ml.data.datasets import DatasetMissing, clear_dataset_cache
from ml.explain.nearest_neighbours import (
    NeighbourIndex,
    build_neighbour_index,
    load_training_examples,
)
from ml.inference.embedder import Embedder
from ml.training_config import DatasetName
from workers.explain import ReportProgress

log = logging.getLogger(__name__)

NUM_PROGRESS_STEPS = 20
RETRY_INTERVAL_S = 600.0


@dataclass(frozen=True, slots=True)
class IndexListener:
    """Callbacks of a request. `on_finish` receives the index, or None without data, or an error."""

    on_progress: ReportProgress
    on_finish: Callable[[NeighbourIndex | None, Exception | None], None]


class CannotIndex(Exception):
    """The index cannot be built.

    It carries the message only: the traceback of its cause would keep the training data in memory.
    """


_lock = threading.Lock()
_listeners: dict[Path, list[IndexListener]] = {}
_failures: dict[Path, tuple[float, CannotIndex]] = {}


def request_index(
    folder: Path, *, embedder: Embedder, datasets: Sequence[DatasetName], listener: IndexListener
) -> None:
    """Build the index of a model in a thread, once for all listeners.

    After a failure, requests receive the same error for RETRY_INTERVAL_S.
    """
    error = _find_failure(folder)
    if error is not None:
        return listener.on_finish(None, error)
    with _lock:
        listeners = _listeners.setdefault(folder, [])
        listeners.append(listener)
        if len(listeners) > 1:
            return
    arguments = (folder, embedder, datasets)
    threading.Thread(target=_run_build, args=arguments, name="index", daemon=True).start()


def _find_failure(folder: Path) -> CannotIndex | None:
    with _lock:
        failed_at, error = _failures.get(folder, (0.0, None))
    return error if time.monotonic() - failed_at < RETRY_INTERVAL_S else None


def _run_build(folder: Path, embedder: Embedder, datasets: Sequence[DatasetName]) -> None:
    index: NeighbourIndex | None = None
    error: CannotIndex | None = None
    try:
        _notify_progress(folder, 0)
        index = build_neighbour_index(
            embedder, load_training_examples(datasets), folder, on_progress=_StepProgress(folder)
        )
    except DatasetMissing as missing:
        log.info("No training drawings to index: %s", missing)
    except Exception as cause:  # listeners must be notified of any error
        log.exception("Cannot build the index of %s", folder.name)
        error = CannotIndex(repr(cause))
    finally:
        clear_dataset_cache()
    with _lock:
        if error is not None:
            _failures[folder] = (time.monotonic(), error)
        listeners = _listeners.pop(folder)
    for listener in listeners:
        _call_listener(partial(listener.on_finish, index, error))


class _StepProgress:
    """Progress callback that notifies listeners once per step, not hundreds of times."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._last_step = folder, 0

    def __call__(self, fraction: float) -> None:
        step = 1 + int(fraction * (NUM_PROGRESS_STEPS - 1))
        if step > self._last_step:
            self._last_step = step
            _notify_progress(self._folder, step)


def _notify_progress(folder: Path, step: int) -> None:
    with _lock:
        listeners = list(_listeners[folder])
    for listener in listeners:
        _call_listener(partial(listener.on_progress, step, NUM_PROGRESS_STEPS))


def _call_listener(callback: Callable[[], None]) -> None:
    """Call back and log an error, so that the other listeners are still called."""
    try:
        callback()
    except Exception:
        log.exception("A callback of an index request failed")
