"""Refusal of invalid settings, with the setting and the accepted values."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ImproperlyConfigured

from digitsite.typed_env import Environment


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("three", lambda env: env.integer("NAME", 1)),
        ("11", lambda env: env.integer("NAME", 1, maximum=10)),
        ("1", lambda env: env.fraction("NAME", 0.5)),
        ("half", lambda env: env.fraction("NAME", 0.5)),
        ("maybe", lambda env: env.boolean("NAME", default=True)),
        ("c", lambda env: env.choice("NAME", "a", ["a", "b"])),
        ("mysql://user:secret@host/name", lambda env: env.url("NAME", "", ["sqlite"])),
    ],
)
def test_refuses_an_invalid_value(raw: str, read: Callable[[Environment], object]) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^NAME must") as refusal:
        read(Environment({"NAME": raw}))
    assert "secret" not in str(refusal.value)


def test_empty_value_counts_as_absent() -> None:
    env = Environment({"NAME": "  "})
    assert env.integer("NAME", 3) == 3
    assert env.csv_list("NAME", ["a", "b"]) == ["a", "b"]
    assert env.declared["NAME"].default == "a,b"
