"""A backup has one state of the database, while the site writes."""

import io
import json
from collections.abc import Callable
from typing import Any
from zipfile import ZipFile

import pytest
from django.db import connection

from recognizer.backup.archive_format import table_member
from recognizer.backup.site_backup import write_backup
from recognizer.models import User
from tests.fixtures.second_connection import second_connection
from tests.fixtures.skip_policy import POSTGRES_REASON

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
WRITER = "writer"


def test_rows_stored_during_the_backup_are_not_in_it() -> None:
    User.objects.create(username="before", username_key="before")
    added: list[str] = []

    def add_user(_: str) -> None:
        """Store a user after each table. The backup does not keep writers waiting."""
        added.append(f"user{len(added)}")
        User.objects.using(WRITER).create(username=added[-1], username_key=added[-1])

    target = io.BytesIO()
    with second_connection(WRITER):
        write_backup(target, add_user)

    with ZipFile(target) as archive:
        header, *rows = map(json.loads, archive.read(table_member("recognizer_user")).splitlines())
    assert [row[header.index("username")] for row in rows] == ["before"]
    assert User.objects.count() == 1 + len(added)


@pytest.mark.skipif(connection.vendor != "postgresql", reason=POSTGRES_REASON)
def test_a_slow_reader_of_the_backup_does_not_end_its_transaction() -> None:
    """PgBouncer may run a statement before the transaction in another session."""
    set_outside: list[str] = []
    during: set[str] = set()

    def note(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        if "idle_in_transaction" in str(sql) and not connection.in_atomic_block:
            set_outside.append(sql)
        return execute(sql, *args)

    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '2s'")
    with connection.execute_wrapper(note):
        write_backup(io.BytesIO(), lambda _: during.add(_read_idle_limit()))
    assert during == {"0"}
    assert set_outside == []
    assert _read_idle_limit() == "2s"


def _read_idle_limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        return str(cursor.fetchone()[0])
