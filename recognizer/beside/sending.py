"""The way of a group of questions to the background: a thread of its own, which the broker may hold
up without holding up anything else."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from recognizer.contract import BESIDE, BESIDE_QUEUE
from recognizer.queue import CannotPublish, Sender

MOST_WAITING_TASKS = 16
"""Groups of all web processes that may lie in the broker while the background is busy or away."""

_thread = ThreadPoolExecutor(1, thread_name_prefix="beside")


def post_asks(payload: str) -> asyncio.Future[None]:
    """Raises CannotPublish in its future."""
    return asyncio.get_running_loop().run_in_executor(_thread, _post, payload)


def _post(payload: str) -> None:
    sender = _sender()
    if sender.count_waiting(BESIDE_QUEUE) >= MOST_WAITING_TASKS:
        raise CannotPublish("The background does not take its tasks.")
    sender.send_task(BESIDE, payload, queue=BESIDE_QUEUE)


@cache
def _sender() -> Sender:
    """Made by the thread that uses it."""
    return Sender()
