"""The state directory of a site: its permissions, secret key and broker socket.

Imports the standard library only: both the launcher and the settings use it.
"""

import hashlib
import os
import re
import secrets
import tempfile
from pathlib import Path

# sun_path holds 104 bytes on macOS and 108 on Linux, including the closing zero byte.
MAX_SOCKET_PATH_BYTES = 100
PLAIN_PATH_PATTERN = re.compile(r"[\w./-]+", re.ASCII)


class UnsafeStateDir(Exception):
    """A directory that must be private belongs to another user."""


def ensure_private_dir(path: Path) -> Path:
    """Create `path` if missing and close it to other users. Raises UnsafeStateDir."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.stat()
    if path.is_symlink() or found.st_uid != os.getuid():
        raise UnsafeStateDir(
            f"{path} belongs to another user; remove it or choose another directory."
        )
    if found.st_mode & 0o077:
        path.chmod(0o700)
    return path


def load_secret_key(state_dir: Path) -> str:
    """Return the secret key. The first call creates it, readable by its owner only."""
    path = state_dir / "secret-key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(64))
    return path.read_text()


def broker_socket_path(state_dir: Path) -> Path:
    """Return the socket of the private Valkey.

    It is in the state directory. If that path is too long for a unix socket, or has characters
    that a URL would escape, it is in a private temporary directory named after a hash of the path.
    """
    path = state_dir / "broker" / "valkey.sock"
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES and PLAIN_PATH_PATTERN.fullmatch(str(path)):
        return path
    name = hashlib.sha256(os.fsencode(state_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"digitsite-{os.getuid()}-{name}" / "valkey.sock"
