"""Atomic replacement of files and folders: a reader finds either the old or the new content, never
a part of it.

Everything is flushed to the disk before the rename, so that this holds after a power failure too.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path


def write_atomic(path: Path, content: bytes) -> None:
    """Replace the content of a file, creating it and its folder if needed. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)  # after a failure; the disk may be full


def replace_dir(source: Path, target: Path) -> None:
    """Move the folder `source`, of files only, to `target` on the same disk.

    POSIX cannot rename onto a folder with files: an existing target is renamed first, then deleted.
    """
    for path in (*source.iterdir(), source):
        _fsync(path)
    old = source.with_name(f"{source.name}.old")
    if target.exists():
        target.rename(old)
    source.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    _fsync(target.parent)


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal digits. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
