"""The skip policy on CI."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.datasets import NO_DATA_REASON

ROOT = Path(__file__).resolve().parent.parent.parent
SKIPPED = """
import pytest

def test_passes():
    pass

def test_is_skipped():
    pytest.skip({reason!r})
"""


def run_with_skip(folder: Path, *, reason: str, ci: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a separate process with this plugin only."""
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
        ("unlisted", "true", pytest.ExitCode.TESTS_FAILED),
        ("unlisted", "", pytest.ExitCode.OK),
        (NO_DATA_REASON, "true", pytest.ExitCode.OK),
    ],
)
def test_skip_without_a_listed_reason_fails_on_ci(
    tmp_path: Path, reason: str, ci: str, status: int
) -> None:
    run = run_with_skip(tmp_path, reason=reason, ci=ci)
    assert "1 passed, 1 skipped" in run.stdout
    assert run.returncode == status, run.stdout
    assert ("CI does not skip" in run.stdout) == (status != pytest.ExitCode.OK)
