"""Recorded values as JSON files; `python -m tests.golden.record` writes them again."""

import difflib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.golden.record import RECORDS

FOLDER = Path(__file__).parent
MAX_LINES = 60

Golden = Callable[[str, Any], None]


def read_expected(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def write_expected(name: str, value: Any) -> None:
    (FOLDER / f"{name}.json").write_text(_format(value), encoding="utf-8")


def is_recording() -> bool:
    return RECORDS in os.environ


@pytest.fixture
def golden() -> Golden:
    """`golden(name, value)` compares a value with NAME.json, or records it there."""

    def check(name: str, value: Any) -> None:
        if is_recording():
            write_expected(name, value)
            return
        expected, found = _format(read_expected(name)), _format(value)
        lines = difflib.unified_diff(
            expected.splitlines(), found.splitlines(), "expected", "found", n=2, lineterm=""
        )
        assert expected == found, "\n".join(list(lines)[:MAX_LINES])

    return check


def _format(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
