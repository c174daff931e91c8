"""Connections to PostgreSQL: PgBouncer refuses most start-up options, so the site sends none."""

import os
import subprocess
import sys
from pathlib import Path

from tests.fixtures.postgres_process import PostgresProcess

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
