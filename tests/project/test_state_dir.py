"""The state directory: whose it may be, and what is refused."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from digitsite.state_dir import (
    UnusableStateDir,
    ensure_own_dir,
    ensure_private_dir,
    load_secret_key,
)
from tests.fixtures.skip_policy import NOT_ROOT_REASON

ROOT = Path(__file__).resolve().parents[2]
ANOTHER_USER = 65534
needs_root = pytest.mark.skipif(os.getuid() != 0, reason=NOT_ROOT_REASON)


def run_as_another_user(home: Path) -> subprocess.CompletedProcess[str]:
    """Prepare the directory as an unprivileged user."""
    code = (
        "import os; from pathlib import Path; from digitsite.state_dir import ensure_private_dir;"
        f" os.setgroups([]); os.setgid({ANOTHER_USER}); os.setuid({ANOTHER_USER});"
        f" ensure_private_dir(Path({str(home)!r}))"
    )
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_closes_a_directory_of_this_user(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    ensure_private_dir(home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


@needs_root
def test_accepts_a_writable_directory_of_another_user(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 12345, 12345)
    assert ensure_private_dir(home) == home
    load_secret_key(home)


@needs_root
@pytest.mark.parametrize("mode", [0o700, 0o755, 0o500])
def test_refuses_a_directory_that_cannot_be_written(tmp_path: Path, mode: int) -> None:
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(mode)
    result = run_as_another_user(home)
    assert "must be a directory that this user can write" in result.stderr.splitlines()[-1]
    assert str(home) in result.stderr.splitlines()[-1]


@pytest.mark.parametrize("path", ["file", "file/home", "/proc/home"])
def test_refuses_a_path_that_cannot_be_a_directory(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnusableStateDir, match="must be a directory that this user can write"):
        ensure_private_dir(tmp_path / path)


@pytest.mark.parametrize("content", ["", "short", "\0" * 10])
def test_refuses_a_damaged_secret_key(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret-key").write_text(content)
    with pytest.raises(UnusableStateDir, match="damaged"):
        load_secret_key(tmp_path)


def test_refuses_an_unreadable_secret_key(tmp_path: Path) -> None:
    (tmp_path / "secret-key").mkdir()
    with pytest.raises(UnusableStateDir, match="cannot be stored"):
        load_secret_key(tmp_path)


@needs_root
def test_refuses_a_shared_directory_of_another_user(tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    with pytest.raises(UnusableStateDir, match="belongs to another user"):
        ensure_own_dir(folder)


def test_refuses_a_link_in_a_shared_directory(tmp_path: Path) -> None:
    link = tmp_path / "broker"
    link.symlink_to(tmp_path)
    with pytest.raises(UnusableStateDir):
        ensure_own_dir(link)
