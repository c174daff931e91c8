"""Django's database cache with JSON values.

Django stores pickles. Unpickling runs code, so that a process that can write to the database could
run code in the web process.
"""

from __future__ import annotations

import json
from typing import Any

from django.core.cache.backends import db


class _JsonSerializer:
    """The two functions of `pickle` that the cache uses."""

    @staticmethod
    def dumps(value: Any, protocol: int) -> bytes:
        return json.dumps(value).encode()

    @staticmethod
    def loads(data: bytes) -> Any:
        return json.loads(data)


# Django's class has no other place to change: the SQL and the serialization are in one method.
db.pickle = _JsonSerializer  # type: ignore[attr-defined]


class JsonDatabaseCache(db.DatabaseCache):
    """Stores texts, numbers, booleans, None, lists and objects with text keys."""
