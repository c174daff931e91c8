"""Log lines that follow a drawing from the socket through queue and worker to the client.

Each stage writes one line for all drawings that it handles together. The trace of a drawing is
`ref:revision`, which the client's message and the response have too. From the queue on, the lines
and the errors of a batch also have its id.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

log = logging.getLogger("recognizer.trace")

current_batch: ContextVar[str] = ContextVar("current_batch", default="")
"""Id of the batch that this thread processes; empty if there is none."""


def is_traced() -> bool:
    """Return whether LOG_TRACES is on. Callers that need to prepare the traces check it first."""
    return log.isEnabledFor(logging.INFO)


def trace(stage: str, drawings: Iterable[tuple[UUID | str, int]], *, batch_id: str = "") -> None:
    """Write a line about (ref, revision) of each drawing, unless there are none."""
    if not is_traced():
        return
    traces = [f"{ref}:{revision}" for ref, revision in drawings]
    if traces:
        with batch_context(batch_id):
            log.info("%s %s", stage, " ".join(traces), extra={"stage": stage, "traces": traces})


@contextmanager
def batch_context(batch_id: str) -> Iterator[None]:
    """Add the batch to all JSON log lines of this thread."""
    token = current_batch.set(batch_id)
    try:
        yield
    finally:
        current_batch.reset(token)
