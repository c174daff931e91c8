"""The folder that holds all state of one site: its secret key and the way to its private broker.

Standard library only: the launcher and the settings both read it.
"""

import hashlib
import os
import re
import secrets
import tempfile
from pathlib import Path

# sun_path holds 104 bytes on macOS and 108 on Linux, the closing zero counted.
MAX_SOCKET_PATH_BYTES = 100
PLAIN_PATH_PATTERN = re.compile(r"[\w./-]+", re.ASCII)


class UnsafeStateDir(Exception):
    """A folder that must be private belongs to somebody else or is open to others."""


def ensure_private_dir(path: Path) -> Path:
    """Make `path` if it is missing; it must be ours and closed to everybody else."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.stat()
    if path.is_symlink() or found.st_uid != os.getuid():
        raise UnsafeStateDir(f"{path} belongs to another user; remove it or choose another home.")
    if found.st_mode & 0o077:
        path.chmod(0o700)
    return path


def load_secret_key(home: Path) -> str:
    """The site's secret key, made on the first start, readable by its owner only."""
    path = home / "secret-key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(64))
    return path.read_text()


def broker_socket_path(home: Path) -> Path:
    """Where the private Valkey listens: in the home, or in a private temporary folder named
    after it when the home's path is too long for a unix socket or not plain enough for a URL."""
    path = home / "broker" / "valkey.sock"
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES and PLAIN_PATH_PATTERN.fullmatch(str(path)):
        return path
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"digitsite-{os.getuid()}-{name}" / "valkey.sock"
