"""Atomic replacement of files and folders."""

import hashlib
import os
from pathlib import Path

import pytest

from ml.artifacts.atomic_write import replace_dir, sha256_of, write_atomic


def test_writes_and_replaces_a_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.json"
    for content in (b"first", b"second"):
        write_atomic(path, content)
        assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]
    assert sha256_of(path) == hashlib.sha256(b"second").hexdigest()


def test_failed_write_keeps_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"old")

    def fail(handle: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_replaces_a_folder_with_files(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    for folder, name in ((source, "new"), (target, "old")):
        folder.mkdir()
        (folder / name).touch()
    replace_dir(source, target)
    assert list(tmp_path.rglob("*")) == [target, target / "new"]
