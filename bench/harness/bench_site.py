"""A site of the bench's own: broker, web, worker and sweep on a fresh home and port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from digitsite.launcher.supervisor_config import PROGRAMS, nice_level
from digitsite.state_dir import broker_socket_path

ROOT = Path(__file__).resolve().parents[2]
# The embedded default is what is measured, unless a bench names servers itself.
SERVER_VARIABLES = ("DATABASE_URL", "REDIS_URL", "INFERENCE_BATCH_SIZE")

# Counted for every message as always, but never reached by the few people of a bench.
UNLIMITED = {
    "DRAWINGS_PER_MINUTE": "10000000",
    "DRAWINGS_BURST": "1000000",
    "MAX_PENDING_DRAWINGS": "1000000",
}


class BenchSite:
    """`with Site() as site:` runs it; `environment` chooses settings,
    `programs` what of `make run` there is beside them."""

    def __init__(
        self,
        *,
        workers: int = 1,
        programs: Sequence[str] = (),
        environment: dict[str, str] | None = None,
    ) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="digitsite-bench-"))
        self.port = find_free_port()
        self._workers = workers
        self._programs = programs
        self._environment = {
            **{name: value for name, value in os.environ.items() if name not in SERVER_VARIABLES},
            **UNLIMITED,
            **(environment or {}),
            "DIGITSITE_HOME": str(self.home),
            "PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "digitsite.settings",
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> BenchSite:
        try:
            self._start_all()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _start_all(self) -> None:
        (self.home / "logs").mkdir()
        self._start("broker")
        self.run(["django", "migrate", "-v0"])
        self._start("web")
        for number in range(self._workers):
            self._start("worker", name=f"worker{number}")
        for program in ("sweep", *self._programs):
            self._start(program)
        self._wait_until_up()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in reversed(self._processes.values()):
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def database(self) -> Path:
        return self.home / "db.sqlite3"

    @property
    def broker_url(self) -> str:
        return f"unix://{broker_socket_path(self.home)}"

    def process_ids(self) -> dict[str, int]:
        return {name: process.pid for name, process in self._processes.items()}

    def _start(self, program: str, *, name: str = "") -> None:
        """One of the programs of `make run`, with the same arguments."""
        name, command = name or program, PROGRAMS[program] % {"ENV_PORT": self.port}
        with (self.home / "logs" / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                ["nice", "-n", str(nice_level(program)), sys.executable, "-m", *command.split()],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def run(self, command: Sequence[str]) -> str:
        """What a module run in the site's environment prints."""
        return subprocess.run(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=1).close()
                return
            except urllib.error.HTTPError:
                return  # it answers
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
