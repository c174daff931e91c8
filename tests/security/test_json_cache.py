"""The cache table holds JSON: a pickle in it is never run."""

import base64
import pickle
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


class Payload:
    """A pickle that creates a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def test_a_pickle_in_the_table_runs_no_code(tmp_path: Path) -> None:
    cache.set("attempts", [1.5], 60)
    value = base64.b64encode(pickle.dumps(Payload(tmp_path / "run"))).decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE recognizer_cache SET value = %s", [value])
    with pytest.raises(ValueError, match=r"Expecting value|codec"):
        cache.get("attempts")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("value", [True, None, 1, 0.1, "text", [1.5, 2.5], {"a": [1]}])
def test_values_are_read_as_they_were_stored(value: Any) -> None:
    cache.set("key", value, 60)
    assert cache.get("key", "missing") == value
    assert cache.add("key", value) is False
