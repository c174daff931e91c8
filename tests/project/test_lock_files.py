"""The lock files requirements/*.txt: one version and the file hashes of every package."""

import re
from pathlib import Path

import pytest

LOCK_FILES = sorted((Path(__file__).resolve().parents[2] / "requirements").glob("*.txt"))
PINNED = re.compile(r"[\w.-]+==[\w.+]+( ;[^\\]+)?( --hash=sha256:[0-9a-f]{64})+")


def requirements_of(lock_file: Path) -> list[str]:
    """Return one line per requirement, without comments and index options."""
    lines = lock_file.read_text().replace("\\\n", "").splitlines()
    stripped = [re.sub(r"\s+", " ", line).strip() for line in lines]
    return [line for line in stripped if line and not line.startswith(("#", "--"))]


def test_finds_the_lock_files() -> None:
    names = {path.stem for path in LOCK_FILES}
    assert names == {
        "web",
        "worker",
        "run",
        "train",
        "build",
        "dev",
        "bench",
        "torch-cpu",
        "torch-cuda",
    }


@pytest.mark.parametrize("lock_file", LOCK_FILES, ids=lambda path: path.stem)
def test_pins_every_package_with_hashes(lock_file: Path) -> None:
    requirements = requirements_of(lock_file)
    assert requirements
    assert [line for line in requirements if not PINNED.fullmatch(line)] == []


def test_both_builds_of_torch_have_one_version() -> None:
    versions = {
        re.split(r"==|\+| ", line)[1]
        for lock_file in LOCK_FILES
        for line in requirements_of(lock_file)
        if line.startswith("torch==")
    }
    assert len(versions) == 1
