"""All rows of a database, read with plain SQL."""

import json
import re
import sqlite3
from contextlib import closing

NOT_BACKED_UP = {"django_migrations", "recognizer_cache", "sqlite_sequence"}
"""The migrations are in the manifest; the cache counts sign-in attempts."""

CHANGED = {"recognizer_siteidentity"}
"""A restored site has a new feed epoch."""

Rows = dict[str, list[tuple[object, ...]]]

TIME_PATTERN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")


def read_all_rows(path: str) -> Rows:
    """Return the sorted rows of each table that a backup must contain."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return read_rows(connection)


def read_rows(connection: sqlite3.Connection) -> Rows:
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = {name for (name,) in found if not name.startswith("sqlite_stat")} - NOT_BACKED_UP
    return {
        table: sorted(map(normalize, connection.execute(f'SELECT * FROM "{table}"')), key=repr)
        for table in tables
    }


def normalize(row: tuple[object, ...]) -> tuple[object, ...]:
    """Return the values of a row; equal times and equal JSON as equal texts."""
    return tuple(normalize_text(value) if isinstance(value, str) else value for value in row)


def normalize_text(text: str) -> str:
    if TIME_PATTERN.fullmatch(text):
        return text.partition(".")[0] + "." + text.partition(".")[2].ljust(6, "0")
    if text.startswith(("{", "[")):
        return json.dumps(json.loads(text), sort_keys=True)
    return text


def assert_same_rows(restored: Rows, original: Rows) -> None:
    assert set(restored) == set(original)
    for table in set(original) - CHANGED:
        assert restored[table] == original[table], table
