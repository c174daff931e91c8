"""Changes of a table that need an exclusive lock for an instant, on a PostgreSQL in use.

While such a change waits for a long transaction, all later queries of the table wait behind it: no
drawing is stored. So each try waits only for a moment.
"""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandError
from django.db import OperationalError, transaction
from psycopg.errors import LockNotAvailable

LOCK_TIMEOUT_MS = 500
MAX_TRIES = 30
RETRY_PAUSE_S = 2.0


def execute_with_short_locks(schema_editor: Any, statement: str, *, table: str) -> None:
    """Execute an ALTER TABLE in a separate transaction, and again if it did not get its lock.

    Needs a migration with `atomic = False`. Raises CommandError after MAX_TRIES.
    """
    for attempt in range(MAX_TRIES):
        if attempt:
            time.sleep(RETRY_PAUSE_S)
        try:
            with transaction.atomic(using=schema_editor.connection.alias):
                schema_editor.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
                schema_editor.execute(statement)
            return
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
    raise CommandError(
        f"A long transaction locks the table {table}, for example a backup or a report. Wait for"
        " its end, or end it (see pg_stat_activity), and start migrate again. Nothing is lost."
    )
