"""The state directory of a site: its permissions, secret key and broker socket.

Imports the standard library only: both the launcher and the settings use it.
"""

import errno
import hashlib
import os
import re
import secrets
import tempfile
import time
from contextlib import suppress
from pathlib import Path

# sun_path holds 104 bytes on macOS and 108 on Linux, including the closing zero byte.
MAX_SOCKET_PATH_BYTES = 100
PLAIN_PATH_PATTERN = re.compile(r"[\w./-]+", re.ASCII)
MIN_SECRET_KEY_LENGTH = 32
KEY_READ_ATTEMPTS = 20


class UnusableStateDir(ValueError):
    """The site cannot store its state. The message follows the name of the setting."""


def ensure_private_dir(path: Path) -> Path:
    """Create `path` if missing and close it to other users. Raises UnusableStateDir.

    A directory of another user is accepted if it is writable, for example a mounted volume. Its
    mode is that user's to decide.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.stat()
        if found.st_uid == os.getuid() and found.st_mode & 0o077:
            path.chmod(0o700)
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    except OSError as error:
        raise UnusableStateDir(
            f"must be a directory that this user can write ({error.filename}: {error.strerror})."
            " Change its owner or choose another directory"
        ) from error
    return path


def ensure_own_dir(path: Path) -> Path:
    """Create a private directory in a directory of all users. Raises UnusableStateDir."""
    ensure_private_dir(path)
    if path.is_symlink() or path.stat().st_uid != os.getuid():
        raise UnusableStateDir(f"needs {path}, which belongs to another user: remove it")
    return path


def load_secret_key(state_dir: Path) -> str:
    """Return the secret key. The first call creates it, readable by its owner only.

    Raises UnusableStateDir if the file is unreadable, or cut off by a full disk.
    """
    path = state_dir / "secret-key"
    try:
        with suppress(FileExistsError):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(64))
        key = _read_whole_key(path)
    except OSError as error:
        raise UnusableStateDir(f"cannot be stored in {path}: {error.strerror}") from error
    if len(key) < MIN_SECRET_KEY_LENGTH:
        raise UnusableStateDir(f"is damaged in {path}. Restore the file from a backup or delete it")
    return key


def _read_whole_key(path: Path) -> str:
    """Return the key; wait for a process that has created the file and is writing it."""
    for _ in range(KEY_READ_ATTEMPTS):
        key = path.read_text(errors="replace").strip()
        if len(key) >= MIN_SECRET_KEY_LENGTH:
            break
        time.sleep(0.05)
    return key


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
