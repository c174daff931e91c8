"""The rows of all tables as JSON, the same on every database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.apps.registry import Apps
from django.db import connection, models
from django.utils.encoding import is_protected_type

ROWS_PER_CHUNK = 1_000

Model = type[models.Model]


def list_tables(apps: Apps) -> list[Model]:
    """Return the models whose rows a backup has: all with a separate table."""
    found = apps.get_models(include_auto_created=True)
    return [model for model in found if model._meta.managed and not model._meta.proxy]


def table_name(model: Model) -> str:
    return model._meta.db_table


def encode_rows(model: Model, count: Callable[[int], None]) -> Iterator[bytes]:
    """Return the lines of a table in chunks. `count` receives the number of rows of each."""
    fields = _list_stored_fields(model)
    yield _line([field.column for field in fields])
    rows = model._base_manager.order_by("pk")
    later = rows
    while chunk := list(later[:ROWS_PER_CHUNK]):
        later = rows.filter(pk__gt=chunk[-1].pk)
        count(len(chunk))
        yield b"".join(_line([_encode(field, row) for field in fields]) for row in chunk)


def insert_rows(model: Model, lines: Iterable[bytes]) -> int:
    """Insert the rows as they are and return their number.

    Saving them as objects would set other times and send signals. Raises ValueError if a line is
    damaged.
    """
    rows = map(json.loads, lines)
    fields = {field.column: field for field in _list_stored_fields(model)}
    chosen = [fields[column] for column in next(rows)]
    sql = _insert_sql(model, [str(field.column) for field in chosen])
    count = 0
    with connection.cursor() as cursor:
        while chunk := list(islice(rows, ROWS_PER_CHUNK)):
            cursor.executemany(sql, [_decode_row(chosen, row) for row in chunk])
            count += len(chunk)
    return count


def delete_rows(models: Sequence[Model]) -> None:
    """Delete the rows that the migrations have written into an empty database."""
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table_name(model))}")  # noqa: S608 - a table of a model


def _list_stored_fields(model: Model) -> list[models.Field[Any, Any]]:
    """Return the columns that the database does not compute itself."""
    return [field for field in model._meta.concrete_fields if not field.generated]


def _insert_sql(model: Model, columns: Sequence[str]) -> str:
    quote = connection.ops.quote_name
    names = ", ".join(map(quote, columns))
    values = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {quote(table_name(model))} ({names}) VALUES ({values})"  # noqa: S608 - names of a model


def _encode(field: models.Field[Any, Any], row: models.Model) -> Any:
    value = field.value_from_object(row)
    return value if is_protected_type(value) else field.value_to_string(row)


def _decode_row(fields: Sequence[models.Field[Any, Any]], row: Sequence[Any]) -> list[Any]:
    pairs = zip(fields, row, strict=True)
    return [field.get_db_prep_save(field.to_python(value), connection) for field, value in pairs]


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, default=_encode_value, separators=(",", ":")).encode() + b"\n"


def _encode_value(value: Any) -> str:
    """Return dates and times in ISO format, with microseconds, and decimal numbers as text."""
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
