"""The migration of the storage does not block drawing while a long transaction runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

import psycopg
import pytest
from django.core.management.base import CommandError
from django.db import connection

from recognizer.db import short_locks
from tests.fixtures.skip_policy import POSTGRES_REASON

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
    pytest.mark.skipif(connection.vendor != "postgresql", reason=POSTGRES_REASON),
]
STORAGE_SQL = """
SELECT attstorage FROM pg_attribute
WHERE attrelid = 'recognizer_drawing'::regclass AND attname = 'ink'
"""
EXTERNAL, EXTENDED = "e", "x"


def _connect() -> psycopg.Connection:
    options = connection.get_connection_params()
    return psycopg.connect(
        **{name: options[name] for name in ("dbname", "user", "host", "port") if options.get(name)}
    )


@pytest.fixture
def report() -> Iterator[psycopg.Connection]:
    """A long transaction that has read drawings. Waiting for it ends after ten seconds."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE recognizer_drawing ALTER ink SET STORAGE EXTENDED")
        cursor.execute("SET statement_timeout = 10000")
    with _connect() as report:
        report.execute("SELECT count(*) FROM recognizer_drawing")
        yield report
        report.rollback()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("ALTER TABLE recognizer_drawing ALTER ink SET STORAGE EXTERNAL")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """Calls for the pauses after the first tries."""
    pauses: list[Callable[[], object]] = []
    monkeypatch.setattr(short_locks, "LOCK_TIMEOUT_MS", 10)
    monkeypatch.setattr("time.sleep", lambda _: pauses.pop(0)())
    return pauses


def _migrate() -> None:
    migration = import_module("recognizer.migrations.0027_storage_of_drawings")
    with connection.schema_editor(atomic=False) as schema_editor:
        migration.set_storage(None, schema_editor)


def _read_storage() -> str:
    with connection.cursor() as cursor:
        cursor.execute(STORAGE_SQL)
        return str(cursor.fetchone()[0])


def _store_drawing() -> None:
    """Take the lock of an INSERT, without waiting."""
    with _connect() as writer:
        writer.execute("LOCK TABLE recognizer_drawing IN ROW EXCLUSIVE MODE NOWAIT")


def test_waits_for_a_transaction_without_blocking_others(
    report: psycopg.Connection, pauses: list[Callable[[], object]]
) -> None:
    pauses[:] = [_store_drawing, report.rollback]
    _migrate()
    assert (pauses, _read_storage()) == ([], EXTERNAL)


def test_gives_up_after_a_number_of_tries(
    report: psycopg.Connection,
    pauses: list[Callable[[], object]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(short_locks, "MAX_TRIES", 3)
    pauses[:] = [_store_drawing, _store_drawing]
    with pytest.raises(CommandError, match="recognizer_drawing"):
        _migrate()
    assert (pauses, _read_storage()) == ([], EXTENDED)
