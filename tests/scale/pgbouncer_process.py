"""PgBouncer in transaction mode, in front of a PostgreSQL of the tests."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.fixtures.deadlines import deadline
from tests.fixtures.postgres_process import UNPRIVILEGED_USER
from tests.fixtures.site_process import wait_until

CONFIG = """
[databases]
* = host={server} user=postgres
[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 8
max_client_conn = 500
server_login_retry = 1
"""


class PgBouncerProcess:
    """A pool of 8 connections for all clients. It listens on `host` and `port`.

    `server` is the address of PostgreSQL.
    """

    def __init__(self, *, server: str, host: str, port: int) -> None:
        program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "no PgBouncer found: apt-get install pgbouncer"
        self._folder = Path(tempfile.mkdtemp(prefix="digitsite-pgbouncer-"))
        self.host, self.port = host, port
        config = self._folder / "pgbouncer.ini"
        config.write_text(CONFIG.format(server=server, host=host, port=port))
        self._command: list[str | Path] = [program, config]
        self._identity: dict[str, Any] = {}
        if os.getuid() == 0:  # it refuses to run as root
            user = pwd.getpwnam(UNPRIVILEGED_USER)
            self._identity = {"user": user.pw_uid, "group": user.pw_gid}
            os.chown(self._folder, user.pw_uid, user.pw_gid)

    def start(self) -> None:
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, cwd=self._folder, **self._identity
            )
        wait_until(self._has_started, within_s=10, what=self._read_log)

    def url(self, database_url: str) -> str:
        """Return the address of a database of the server through the pool."""
        database = database_url.partition("@/")[2].partition("?")[0]
        return f"postgresql://postgres@{self.host}:{self.port}/{database}"

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(deadline(10))

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self._folder)

    def _has_started(self) -> bool:
        assert self._process.poll() is None, self._read_log()
        return "process up" in self._read_log()

    def _read_log(self) -> str:
        return (self._folder / "log").read_text()
