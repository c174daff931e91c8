"""One start for each home and each port: who comes second is refused with a clear sentence."""

import fcntl
import os
import socket
from pathlib import Path


class CannotStart(Exception):
    """Something the person at the console can put right; the message says how."""


def lock_state_dir(home: Path, *, address: str) -> int:
    """Lock the home and leave our process and address in it; returns the lock's descriptor.

    The lock goes to supervisord as well, so it lasts until the last of the two has ended.
    """
    descriptor = os.open(home / "running", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 200).decode().strip()
        os.close(descriptor)
        raise CannotStart(
            f"Digitsite is running in {home} already ({holder or 'it is just starting'}).\n"
            "Stop it first, or start another one beside it:"
            " DIGITSITE_HOME=another-folder PORT=8001 make run"
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"process {os.getpid()}, {address}\n".encode())
    return descriptor


def require_free_port(port: int) -> None:
    """The web process listens on it in a moment; better to say now that somebody else does."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise CannotStart(f"Port {port} is not open to you: take one above 1023.") from None
        except OSError:
            raise CannotStart(
                f"Port {port} is in use by another program.\nChoose another: PORT=8001 make run"
            ) from None
