"""A site for benchmarks: broker, web, worker and sweep with a new state directory and port."""

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
# Not inherited: the embedded broker and SQLite are measured, unless a benchmark sets these.
SERVER_VARIABLES = ("DATABASE_URL", "REDIS_URL", "INFERENCE_BATCH_SIZE")

# The limits are checked for every message, as usual, but the few users never reach them.
UNLIMITED = {
    "DRAWINGS_PER_MINUTE": "10000000",
    "DRAWINGS_BURST": "1000000",
    "MAX_PENDING_DRAWINGS": "1000000",
    "STORED_BYTES_PER_DAY": "1000000000",
}


class BenchSite:
    """A context manager that runs the processes.

    `environment` overrides settings; with REDIS_URL no broker is started. `programs` are further
    programs of `make run`. `root` is the checkout of the site, by default this one.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        programs: Sequence[str] = (),
        environment: dict[str, str] | None = None,
        root: Path = ROOT,
    ) -> None:
        self._root = root
        self.home = Path(tempfile.mkdtemp(prefix="digitsite-bench-"))
        self.port = find_free_port()
        self._workers = workers
        self._programs = programs
        self._environment = {
            **{name: value for name, value in os.environ.items() if name not in SERVER_VARIABLES},
            "STATIC_SOURCES": "true",  # needs no build; pages are measured by bench.page_loads
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
        if "REDIS_URL" not in self._environment:
            self._start("broker")
        self.run(["django", "migrate", "-v0"])
        self._start("web")
        for number in range(self._workers):
            self._start("worker", name=f"worker{number}")
        for program in ("heavy", "sweep", *self._programs):
            self._start(program)
        wait_until_serving(f"http://127.0.0.1:{self.port}/healthz", timeout_s=60)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in reversed(self._processes.values()):
            process.terminate()
        for process in self._processes.values():
            stop_process(process)
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
        """Start a program of `make run` with the same arguments."""
        name, command = name or program, PROGRAMS[program] % {"ENV_PORT": self.port}
        with (self.home / "logs" / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                ["nice", "-n", str(nice_level(program)), sys.executable, "-m", *command.split()],
                cwd=self._root,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def run(self, command: Sequence[str]) -> str:
        """Run a module in the environment of the site; return its output."""
        return subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self._root,
            env=self._environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout


def wait_until_serving(url: str, *, timeout_s: float) -> None:
    """Wait for a response of any status. Raises OSError after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            urllib.request.urlopen(url, timeout=20).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def stop_process(process: subprocess.Popen[bytes]) -> None:
    """Terminate a process; kill it after 10 s."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
