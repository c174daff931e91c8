"""On CI a skip whose reason is not listed turns the run red; elsewhere it is only a skip."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.datasets import NO_DATA_REASON

ROOT = Path(__file__).resolve().parent.parent.parent
SKIPPED = """
import pytest

def test_it_passes():
    pass

def test_it_is_skipped():
    pytest.skip({reason!r})
"""


def run_with_skip(folder: Path, *, reason: str, ci: str) -> subprocess.CompletedProcess[str]:
    """A run of its own, with nothing of this project but the rule."""
    (folder / "test_skipped.py").write_text(SKIPPED.format(reason=reason))
    (folder / "pytest.ini").write_text("[pytest]")
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.fixtures.skip_policy",
            "-p",
            "no:django",
            ".",
        ],
        cwd=folder,
        env={**os.environ, "CI": ci, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("reason", "ci", "status"),
    [
        ("I do not feel like it", "true", pytest.ExitCode.TESTS_FAILED),
        ("I do not feel like it", "", pytest.ExitCode.OK),
        (NO_DATA_REASON, "true", pytest.ExitCode.OK),
    ],
)
def test_a_skip_without_a_listed_reason_turns_ci_red(
    tmp_path: Path, reason: str, ci: str, status: int
) -> None:
    run = run_with_skip(tmp_path, reason=reason, ci=ci)
    assert "1 passed, 1 skipped" in run.stdout
    assert run.returncode == status, run.stdout
    assert ("CI does not skip" in run.stdout) == (status != pytest.ExitCode.OK)
