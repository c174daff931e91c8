"""Queries from the event loop: a few threads that keep their connections open between messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

NUM_THREADS = 4

Result = TypeVar("Result")

_executor = ThreadPoolExecutor(NUM_THREADS, thread_name_prefix="live")


class DatabaseUnavailable(Exception):
    """The query failed twice, the second time over a new connection."""


async def run_query(query: Callable[[], Result]) -> Result:
    """Run `query` in a thread; once more over a new connection when the old one broke.

    Raises DatabaseIsAway.
    """
    return await asyncio.get_running_loop().run_in_executor(_executor, _run_with_retry, query)


def _run_with_retry(query: Callable[[], Result]) -> Result:
    try:
        return query()
    except (OperationalError, InterfaceError):
        connection.close()
    try:
        return query()
    except (OperationalError, InterfaceError) as error:
        connection.close()
        raise DatabaseUnavailable(str(error)) from error
