"""One running site per state directory and per port."""

import fcntl
import os
import socket
from pathlib import Path


class CannotStart(Exception):
    """The site cannot start. The message states the fix."""


def lock_state_dir(state_dir: Path, *, address: str) -> int:
    """Lock the directory, write our process id and address; return the descriptor of the lock.

    supervisord inherits the descriptor, so the lock lasts until both have ended.
    """
    descriptor = os.open(state_dir / "running", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 200).decode().strip()
        os.close(descriptor)
        raise CannotStart(
            f"Digitsite is already running in {state_dir} ({holder or 'it is still starting'}).\n"
            "Stop it first, or start a second site in another directory:"
            " DIGITSITE_HOME=another-folder PORT=8001 make run"
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"process {os.getpid()}, {address}\n".encode())
    return descriptor


def require_free_port(port: int) -> None:
    """Raise CannotStart if the web process will not be able to listen on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise CannotStart(f"Port {port} needs root rights: use one above 1023.") from None
        except OSError:
            raise CannotStart(
                f"Port {port} is in use by another program.\nChoose another: PORT=8001 make run"
            ) from None
