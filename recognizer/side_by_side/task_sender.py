"""Sending of side-by-side tasks in a separate thread, so that a slow broker blocks nothing else."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from recognizer.messaging.celery_task_sender import CannotPublish, TaskSender
from recognizer.protocol import SIDE_BY_SIDE_QUEUE, SIDE_BY_SIDE_TASK

MAX_QUEUED_TASKS = 16
"""Tasks of all web processes that may be in the broker while the worker is busy or down."""

_executor = ThreadPoolExecutor(1, thread_name_prefix="side-by-side")


def send_requests(payload: str) -> asyncio.Future[None]:
    """Send a task. The future raises CannotPublish."""
    return asyncio.get_running_loop().run_in_executor(_executor, _send, payload)


def _send(payload: str) -> None:
    sender = _task_sender()
    if sender.count_waiting(SIDE_BY_SIDE_QUEUE) >= MAX_QUEUED_TASKS:
        raise CannotPublish("Too many side-by-side tasks are queued.")
    sender.send_task(SIDE_BY_SIDE_TASK, payload, queue=SIDE_BY_SIDE_QUEUE)


@cache
def _task_sender() -> TaskSender:
    """Return the sender of the executor's thread, which creates it."""
    return TaskSender()
