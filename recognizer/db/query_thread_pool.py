"""Database queries of the event loop, in a few threads with persistent connections."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from recognizer.base_errors import CodedError
from recognizer.protocol import ERRORS

NUM_THREADS = 4
RETRY_AFTER_S = 2

log = logging.getLogger(__name__)

Result = TypeVar("Result")

_executor = ThreadPoolExecutor(NUM_THREADS, thread_name_prefix="query")


class DatabaseUnavailable(CodedError):
    """A query failed twice, the second time over a new connection."""

    status = 503
    messages = ERRORS

    def __init__(self) -> None:
        super().__init__("unavailable", retry_after_s=RETRY_AFTER_S)


async def run_query(query: Callable[[], Result]) -> Result:
    """Run `query` in a thread, and again over a new connection if the old one is broken.

    Raises DatabaseUnavailable.
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
        log.warning("The database is unavailable: %s", error)
        raise DatabaseUnavailable from error
