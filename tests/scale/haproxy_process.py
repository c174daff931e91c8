"""HAProxy with a configuration of ops/haproxy/."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import ROOT, assert_port_free, wait_until

CONFIGS = ROOT / "ops" / "haproxy"


class HAProxyProcess:
    """A proxy that listens on `host` and `port`. `servers` are environment variables."""

    def __init__(
        self, folder: Path, *, config: str, host: str, port: int, servers: dict[str, str]
    ) -> None:
        program = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "no HAProxy found: apt-get install haproxy"
        self._address = port, host
        self._log = folder / "log"
        self._command: list[str | Path] = [program, "-db", "-f", CONFIGS / config]
        self._environment = {**os.environ, "LISTEN": f"{host}:{port}", **servers}

    def start(self) -> None:
        assert_port_free(*self._address)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, env=self._environment
            )
        wait_until(self._is_listening, within_s=10, what=lambda: self._log.read_text())

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(deadline(10))

    def _is_listening(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()
        try:
            assert_port_free(*self._address)
        except AssertionError:
            return True
        return False
