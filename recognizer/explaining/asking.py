"""Asking for an explanation: what was kept, else how far it is, else a task for the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recognizer import contract, limits
from recognizer.explaining import keeping
from recognizer.explaining.subjects import Part, is_example
from recognizer.queue import CannotPublish, Sender
from recognizer.registry import champion

State = Literal["ready", "working", "waiting"]

MOST_WAITING_TASKS = 16
"""Explanations that may lie in the broker while the background is busy or away."""

DRAWING_COSTS = 10
"""As many drawings as an explanation of one's own counts for: it takes seconds of a core. Those of
examples are shared by all."""


@dataclass(frozen=True, slots=True)
class Explained:
    """`text` is the explanation as JSON when the state is ready; while a worker is at it `done` of
    `of` steps are made; waiting means that none has begun."""

    state: State
    text: str = ""
    done: int = 0
    of: int = 0


def explain(subject: str, *, part: Part, by: int | None) -> Explained:
    """How the champion reads the subject; asked for anew when nothing was kept and nobody is at
    it. `by` pays for that.

    Raises TooMany, and CannotPublish while the broker is away or too many wait.
    """
    serving = champion()
    if serving is None:  # the first worker is still starting
        return Explained("waiting")
    key = keeping.key_of(subject, part, serving.sha256)
    standing = keeping.look_up(key)
    if standing.text:
        return Explained("ready", text=standing.text)
    if not standing.asked:
        _ask(key, subject, part, by)
    state: State = "working" if standing.of else "waiting"
    return Explained(state, done=standing.done, of=standing.of)


def _ask(key: str, subject: str, part: Part, by: int | None) -> None:
    sender = Sender()
    try:
        if sender.count_waiting(contract.EXPLAIN_QUEUE) >= MOST_WAITING_TASKS:
            raise CannotPublish("The background does not take its tasks.")
        if by is not None:
            limits.spend(by, 1 if is_example(subject) else DRAWING_COSTS)
        if keeping.mark_asked(key):
            _send(sender, key, subject, part)
    finally:
        sender.close()


def _send(sender: Sender, key: str, subject: str, part: Part) -> None:
    try:
        sender.send_task(contract.EXPLAIN, subject, part, queue=contract.EXPLAIN_QUEUE)
    except CannotPublish:
        keeping.forget_asked(key)
        raise
