"""Giving a thread's database connection back while the thread only waits."""

from django.db import connection


def release_connection() -> None:
    """To the pool, or closed; the next query takes one again. Within a transaction it stays."""
    if not connection.in_atomic_block:
        connection.close()
