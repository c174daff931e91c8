"""PostgreSQL connections that the server ends soon after their client has disappeared."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from django.db import connection

# A machine that loses the network during a transaction leaves rows locked. The server ends a
# transaction that is idle for as long as a lease lasts.
LIMIT_IDLE_TIME = "SET idle_in_transaction_session_timeout = 2000"
# Compiling a query took 70 of 79 ms: PostgreSQL expects the first lines of a training set to cost
# as much as all of them. No query of the site computes for seconds.
NO_JIT = "SET jit = off"
SESSION_SETTINGS = (
    f"{LIMIT_IDLE_TIME}; {NO_JIT}; SET tcp_keepalives_idle = 10;"
    " SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
)
_RESTORE_LIMIT = "SELECT set_config('idle_in_transaction_session_timeout', %s, false)"

OUTAGES = (psycopg.errors.IdleInTransactionSessionTimeout, psycopg.errors.ReadOnlySqlTransaction)


class GuardedConnection(psycopg.Connection[Any]):
    """A connection with SESSION_SETTINGS.

    They are set after connecting: PgBouncer refuses connections with the option `options`. An ended
    transaction and a server that became a read-only standby raise OperationalError like every
    other outage, not InternalError.
    """

    @classmethod
    def connect(cls, conninfo: str = "", **options: Any) -> Self:
        connection = super().connect(conninfo, **options)
        with connection.cursor() as cursor:
            cursor.execute(SESSION_SETTINGS)
        if not connection.autocommit:
            connection.commit()
        return connection

    def wait(self, *args: Any, **options: Any) -> Any:
        try:
            return super().wait(*args, **options)
        except OUTAGES as error:
            raise psycopg.OperationalError(str(error)) from error


@contextmanager
def allow_idle_transactions() -> Iterator[None]:
    """Let transactions be idle for any time. Migrations compute between their statements, on a busy
    machine for seconds."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        (limit,) = cursor.fetchone()
        cursor.execute("SET idle_in_transaction_session_timeout = 0")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(_RESTORE_LIMIT, [limit])
