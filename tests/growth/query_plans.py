"""Query plans of SQLite for all queries of a call."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

LARGE_TABLES = "drawing|prediction|label|groundtruth|snapshotitem|snapshotdrawing"
FULL_SCAN = re.compile(rf"SCAN recognizer_({LARGE_TABLES})$")
SORT = "USE TEMP B-TREE FOR ORDER BY"


def load_plans(call: Callable[[], object]) -> dict[str, list[str]]:
    """Return the steps of the plan of each SELECT, UPDATE and DELETE, by its SQL."""
    with CaptureQueriesContext(connection) as queries:
        call()
    statements = {query["sql"] for query in queries}
    return {
        sql: _explain(sql) for sql in statements if sql.startswith(("SELECT", "UPDATE", "DELETE"))
    }


def find_full_scans(plans: dict[str, list[str]]) -> list[str]:
    """Return the statements that read a large table from its beginning to its end. One that reads
    it in the order of ids up to a limit is none of them."""
    return [
        sql
        for sql, steps in plans.items()
        if any(FULL_SCAN.search(one) for one in steps) and (SORT in steps or "LIMIT" not in sql)
    ]


def find_sorts(plans: dict[str, list[str]], table: str) -> list[str]:
    """Return the SELECTs from a table that read and sort all rows before they return the first.
    Those of given ids are none of them."""
    start, of_ids = f'SELECT "{table}"', f'"{table}"."id" IN ('
    return [
        sql
        for sql, steps in plans.items()
        if sql.startswith(start) and of_ids not in sql and SORT in steps
    ]


def _explain(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql.replace('%', '%%')}")
        return [str(row[-1]) for row in cursor.fetchall()]
