"""Requests for explanations. The response is a cached explanation or its progress; a new request
sends a task to a worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recognizer import protocol, rate_limits, request_costs
from recognizer.explanations import cache
from recognizer.explanations.explanation_inputs import ExplanationSubject, Part
from recognizer.messaging.celery_task_sender import CannotPublish, TaskSender
from recognizer.payers import Payer
from recognizer.rate_limits import RateLimited
from recognizer.registry.promotion import load_champion

ExplanationState = Literal["ready", "working", "waiting"]

MAX_QUEUED_TASKS = 16
"""Explanation tasks that may be in the broker while the worker is busy or down. The last place is
kept for the examples, which are public."""

MAX_WAITING_PER_USER = 2
WAITING_RETRY_AFTER_S = 5.0


@dataclass(frozen=True, slots=True)
class ExplanationResult:
    """`text` is the explanation as JSON if it is ready. While a worker computes it, `done` of `of`
    steps are complete. `waiting`: no worker has started."""

    state: ExplanationState
    text: str = ""
    done: int = 0
    of: int = 0


def request_explanation(
    subject: ExplanationSubject, *, part: Part, by: int | None, payer: Payer
) -> ExplanationResult:
    """Return the explanation of the champion's prediction, and request it if it is not cached.

    A new request of the user `by` spends from the budget of `payer`. Raises RateLimited, and
    CannotPublish if the broker is unavailable or too many tasks are queued.
    """
    serving = load_champion()
    if serving is None:  # the first worker is still starting
        return ExplanationResult("waiting")
    key = cache.build_key(subject, part, serving.sha256)
    entry = cache.load_entry(key)
    if entry.text:
        return ExplanationResult("ready", text=entry.text)
    if not entry.asked:
        _request_once(key, subject, part, by, payer)
    state: ExplanationState = "working" if entry.of else "waiting"
    return ExplanationResult(state, done=entry.done, of=entry.of)


def _request_once(
    key: str, subject: ExplanationSubject, part: Part, by: int | None, payer: Payer
) -> None:
    sender = TaskSender()
    try:
        places = MAX_QUEUED_TASKS - (subject.kind != "example")
        if sender.count_waiting(protocol.EXPLAIN_QUEUE) >= places:
            raise CannotPublish("Too many explanation tasks are queued.")
        if by is not None and subject.kind != "example":  # examples are shared by all users
            if cache.count_user_requests(by) >= MAX_WAITING_PER_USER:
                sentence = "Two of your explanations are not ready yet; wait for one of them."
                raise RateLimited(sentence, retry_after_s=WAITING_RETRY_AFTER_S)
            cache.add_user_request(by, key)
            rate_limits.consume_tokens(payer, request_costs.cost_of("explanation"))
        if cache.mark_requested(key):
            _send_task(sender, key, subject, part)
    finally:
        sender.close()


def _send_task(sender: TaskSender, key: str, subject: ExplanationSubject, part: Part) -> None:
    try:
        sender.send_task(protocol.EXPLAIN_TASK, str(subject), part, queue=protocol.EXPLAIN_QUEUE)
    except CannotPublish:
        cache.clear_request(key)
        raise
