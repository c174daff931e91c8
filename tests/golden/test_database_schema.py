"""The database after all migrations: tables, columns, indexes and constraints."""

import re

import pytest
from django.db import connection

from tests.golden.conftest import Golden

pytestmark = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the schema of SQLite")

OBJECTS = """
    SELECT type, tbl_name, name, sql FROM sqlite_master
    WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
"""


@pytest.mark.django_db
def test_migrations_create_the_recorded_schema(golden: Golden) -> None:
    with connection.cursor() as cursor:
        cursor.execute(OBJECTS)
        rows = cursor.fetchall()
    schema: dict[str, dict[str, list[str]]] = {}
    for kind, table, _, sql in rows:
        parts = schema.setdefault(table, {}).setdefault(kind, [])
        parts += _split_columns(sql) if kind == "table" else [_collapse_spaces(sql)]
    golden("database_schema", {t: {k: sorted(p) for k, p in s.items()} for t, s in schema.items()})


def _split_columns(sql: str) -> list[str]:
    """The columns and constraints between the outer parentheses."""
    body = _collapse_spaces(sql[sql.index("(") + 1 : sql.rindex(")")])
    parts, depth = [""], 0
    for letter in body:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def _collapse_spaces(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
