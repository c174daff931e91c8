"""Supported Python versions: their wheels, and the selection of an interpreter by `make`."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.skip_policy import NO_INDEX_REASON

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("web", "worker", "run", "torch-cuda", "train", "build", "dev", "bench")
VERSIONS = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text())
SOURCE_ONLY = ("jsonpath-rw",)
"""Packages of the tests without a wheel: pure Python, which pip builds on every version."""
UNREACHABLE = re.compile(r"Failed to fetch|error sending request|Request failed")


def minor(version: str) -> int:
    return int(version.partition(".")[2])


def test_classifiers_are_the_required_range() -> None:
    found = re.search(
        r'^requires-python = ">=(3\.\d+),<(3\.\d+)"$', (ROOT / "pyproject.toml").read_text(), re.M
    )
    assert found
    first, after = map(minor, found.groups())
    assert [minor(version) for version in VERSIONS] == list(range(first, after))
    assert len(VERSIONS) == 4


@pytest.mark.integration
@pytest.mark.parametrize("version", VERSIONS)
def test_every_locked_package_has_a_wheel(version: str) -> None:
    """uv selects a wheel of the locked version of each package, without its dependencies."""
    locks = [f"requirements/{name}.txt" for name in LOCKS]
    uv = Path(sys.executable).parent / "uv"
    options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--python-version", version]
    options += [f"--no-binary={name}" for name in SOURCE_ONLY]
    done = subprocess.run(
        [uv, "pip", "compile", *options, *locks],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and UNREACHABLE.search(done.stderr):
        pytest.skip(NO_INDEX_REASON)
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"^[\w.-]+==", done.stdout, re.M)) > 150


def test_no_program_names_a_version() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in (ROOT / "Makefile", ROOT / "tools/find_python.sh", *code_files())
        for line in path.read_text().splitlines()
        if re.search(r"python ?3\.\d", line, re.I) and not re.search(r"python3\.\$", line)
    ]
    assert found == []
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "FROM python:${PYTHON_VERSION}-" in dockerfile
    assert len(re.findall(r"3\.\d+", dockerfile)) == 1  # the default of the argument


def code_files() -> list[Path]:
    folders = ("digitsite", "recognizer", "workers", "ml", "bench", "tools")
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


def find_python(path: Path, *arguments: str) -> str:
    """Return what tools/find_python.sh prints with the programs of `path` and of the system."""
    done = subprocess.run(
        [ROOT / "tools/find_python.sh", *arguments],
        env={"PATH": f"{path}:/usr/bin:/bin"} if not arguments else {"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


def make_program(folder: Path, name: str, script: str) -> Path:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def test_selects_the_newest_that_can_create_environments(tmp_path: Path) -> None:
    make_program(tmp_path, f"python{VERSIONS[-1]}", "exit 1  # without ensurepip")
    expected = make_program(tmp_path, f"python{VERSIONS[-2]}", "exit 0")
    make_program(tmp_path, f"python{VERSIONS[0]}", "exit 0")
    make_program(tmp_path, "python3", "exit 0")
    assert find_python(tmp_path) == str(expected)


def test_asks_the_interpreter_for_its_version(tmp_path: Path) -> None:
    """The name of a program is not enough: python3 may be any version."""
    for version in VERSIONS:
        make_program(tmp_path, f"python{version}", "exit 1")
    ask = (
        """case "$2" in *"(3, 11) <= sys.version_info[:2] < (3, 15)"*) exit 0;; *) exit 1;; esac"""
    )
    expected = make_program(tmp_path, "python3", ask)
    assert find_python(tmp_path) == str(expected)


def test_accepts_this_interpreter_and_refuses_others(tmp_path: Path) -> None:
    assert find_python(tmp_path, sys.executable) == sys.executable
    assert find_python(tmp_path, "/bin/false") == ""
    assert find_python(tmp_path, str(tmp_path / "missing")) == ""
