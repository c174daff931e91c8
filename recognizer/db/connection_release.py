"""The database connection of the current thread."""

from django.db import connection


def release_connection() -> None:
    """Return the connection to the pool or close it, unless a transaction is open.

    The next query takes a new one.
    """
    if not connection.in_atomic_block:
        connection.close()
