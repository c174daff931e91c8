"""A run of the tests marked both_databases on PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.postgres_process import PostgresProcess

ROOT = Path(__file__).resolve().parent.parent.parent
MARKER = "both_databases"


@pytest.mark.timeout(600)
@pytest.mark.skipif("TEST_DATABASE_URL" in os.environ, reason="this is the run on PostgreSQL")
def test_marked_tests_pass_on_postgres(postgres: PostgresProcess) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", MARKER, "-p", "no:cacheprovider", *_list_marked()],
        cwd=ROOT,
        env=os.environ | {"TEST_DATABASE_URL": postgres.create_database()},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-10_000:]
    assert " passed" in run.stdout


def _list_marked() -> list[str]:
    """Return the files that name the marker: importing all test files takes half a minute."""
    files = (ROOT / "tests").rglob("test_*.py")
    return [str(path) for path in files if MARKER in path.read_text(encoding="utf-8")]
