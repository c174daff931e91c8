"""Connections to PostgreSQL: their options, and outages that PostgreSQL reports differently."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from recognizer.db.postgres_connection import GuardedConnection
from tests.fixtures.postgres_process import PostgresProcess
from tests.fixtures.site_process import wait_until

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import django; django.setup()
from django.db import connection
with connection.cursor() as cursor:
    for name in ("idle_in_transaction_session_timeout", "tcp_keepalives_idle"):
        cursor.execute(f"SHOW {name}")
        print(cursor.fetchone()[0])
print(f"options:{connection.connection.info.options}")
"""


def test_sets_its_options_after_connecting(postgres: PostgresProcess, tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "digitsite.settings",
            "DATABASE_URL": postgres.create_database(),
            "DIGITSITE_HOME": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    timeout, _, sent_options = result.stdout.split()
    assert (timeout, sent_options) == ("2s", "options:")


def test_an_ended_transaction_is_an_outage(postgres: PostgresProcess) -> None:
    url = postgres.create_database()
    with (
        psycopg.connect(url, autocommit=True) as observer,
        GuardedConnection.connect(url, autocommit=True) as connection,
    ):
        connection.execute("SET idle_in_transaction_session_timeout = 1")
        pid = connection.info.backend_pid
        is_running = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"
        connection.execute("BEGIN")
        wait_until(
            lambda: observer.execute(is_running, [pid]).fetchone() == (0,),
            within_s=10,
            what="the server ends the transaction",
        )
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_a_read_only_standby_is_an_outage(postgres: PostgresProcess) -> None:
    with GuardedConnection.connect(postgres.create_database(), autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = on")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("CREATE TABLE one (id int)")
