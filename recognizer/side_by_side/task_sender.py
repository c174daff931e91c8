"""The way of a group of questions to the background: a thread of its own, which the broker may hold
up without holding up anything else."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from recognizer.messaging.task_queue import CannotPublish, TaskSender
from recognizer.protocol import SIDE_BY_SIDE_QUEUE, SIDE_BY_SIDE_TASK

MAX_QUEUED_TASKS = 16
"""Groups of all web processes that may lie in the broker while the background is busy or away."""

_executor = ThreadPoolExecutor(1, thread_name_prefix="beside")


def send_requests(payload: str) -> asyncio.Future[None]:
    """Raises CannotPublish in its future."""
    return asyncio.get_running_loop().run_in_executor(_executor, _send, payload)


def _send(payload: str) -> None:
    sender = _task_sender()
    if sender.count_waiting(SIDE_BY_SIDE_QUEUE) >= MAX_QUEUED_TASKS:
        raise CannotPublish("The background does not take its tasks.")
    sender.send_task(SIDE_BY_SIDE_TASK, payload, queue=SIDE_BY_SIDE_QUEUE)


@cache
def _task_sender() -> TaskSender:
    """Made by the thread that uses it."""
    return TaskSender()
