"""`make audit` never passes in silence: what was not looked up is not called sound."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

audit: Any = import_module("requirements.audit")  # a script; mypy knows it by another name

SOUND = {"name": "django", "version": "5.2", "vulns": []}
FLAWED = {
    "name": "django",
    "version": "1.0",
    "vulns": [{"id": "CVE-2000-1", "fix_versions": ["1.1"]}],
}
SKIPPED = {"name": "django", "skip_reason": "not found"}


def _says(*packages: dict[str, Any]) -> Callable[[Path], list[dict[str, Any]]]:
    return lambda file: list(packages)


@pytest.mark.parametrize(
    ("packages", "status", "words"),
    [
        ([SOUND], 0, "no known flaw"),
        ([SOUND, FLAWED], 1, "django 1.0: CVE-2000-1, fixed in 1.1"),
        ([SOUND, SKIPPED], 2, "NOT DONE"),
        ([FLAWED, SKIPPED], 1, "CVE-2000-1"),
        ([], 2, "NOT DONE"),
    ],
)
def test_it_says_what_it_knows(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    packages: list[dict[str, Any]],
    status: int,
    words: str,
) -> None:
    monkeypatch.setattr(audit, "look_up", _says(*packages))
    assert audit.main() == status
    assert words in capsys.readouterr().out


def test_it_asks_about_every_lock() -> None:
    names = {path.name for path in audit.locks()}
    assert {"web.txt", "worker.txt", "run.txt", "train.txt", "dev.txt", "torch-cuda.txt"} <= names
