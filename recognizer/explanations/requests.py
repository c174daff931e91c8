"""Asking for an explanation: what was kept, else how far it is, else a task for the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recognizer import protocol, rate_limits
from recognizer.explanations import cache
from recognizer.explanations.subjects import Part, is_example
from recognizer.messaging.task_queue import CannotPublish, TaskSender
from recognizer.registry.promotion import load_champion

ExplanationState = Literal["ready", "working", "waiting"]

MAX_QUEUED_TASKS = 16
"""Explanations that may lie in the broker while the background is busy or away."""

DRAWING_TOKEN_COST = 10
"""As many drawings as an explanation of one's own counts for: it takes seconds of a core. Those of
examples are shared by all."""


@dataclass(frozen=True, slots=True)
class ExplanationResult:
    """`text` is the explanation as JSON when the state is ready; while a worker is at it `done` of
    `of` steps are made; waiting means that none has begun."""

    state: ExplanationState
    text: str = ""
    done: int = 0
    of: int = 0


def request_explanation(subject: str, *, part: Part, by: int | None) -> ExplanationResult:
    """How the champion reads the subject; asked for anew when nothing was kept and nobody is at
    it. `by` pays for that.

    Raises TooMany, and CannotPublish while the broker is away or too many wait.
    """
    serving = load_champion()
    if serving is None:  # the first worker is still starting
        return ExplanationResult("waiting")
    key = cache.build_key(subject, part, serving.sha256)
    standing = cache.load_entry(key)
    if standing.text:
        return ExplanationResult("ready", text=standing.text)
    if not standing.asked:
        _request_once(key, subject, part, by)
    state: ExplanationState = "working" if standing.of else "waiting"
    return ExplanationResult(state, done=standing.done, of=standing.of)


def _request_once(key: str, subject: str, part: Part, by: int | None) -> None:
    sender = TaskSender()
    try:
        if sender.count_waiting(protocol.EXPLAIN_QUEUE) >= MAX_QUEUED_TASKS:
            raise CannotPublish("The background does not take its tasks.")
        if by is not None:
            rate_limits.consume_tokens(by, 1 if is_example(subject) else DRAWING_TOKEN_COST)
        if cache.mark_requested(key):
            _send_task(sender, key, subject, part)
    finally:
        sender.close()


def _send_task(sender: TaskSender, key: str, subject: str, part: Part) -> None:
    try:
        sender.send_task(protocol.EXPLAIN_TASK, subject, part, queue=protocol.EXPLAIN_QUEUE)
    except CannotPublish:
        cache.clear_request(key)
        raise
