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
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parent.parent
UVICORN = [
    *("uvicorn", "digitsite.asgi:application", "--host", "127.0.0.1", "--loop", "uvloop"),
    *("--http", "httptools", "--ws", "websockets-sansio", "--ws-max-size", "1048576"),
    *("--ws-per-message-deflate", "false", "--no-access-log", "--log-level", "warning"),
]
CELERY = [
    *("celery", "-A", "workers.app", "worker", "--pool", "solo", "-Q", "recognition"),
    *("--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"),
]
# Executed for every message, as they always are, and never reached.
LIMITS = dict.fromkeys(
    ("DRAWINGS_PER_MINUTE", "DRAWINGS_BURST", "DRAWINGS_QUEUED", "SOCKETS_PER_USER"), "100000000"
)


# Counted for every message as always, but never reached by the few people of a bench.
LIMITS = {
    "DRAWINGS_PER_MINUTE": "10000000",
    "DRAWINGS_BURST": "1000000",
    "DRAWINGS_QUEUED": "1000000",
}


class Site:
    """`with Site() as site:` runs it; `environment` chooses settings."""

    def __init__(self, *, workers: int = 1, environment: dict[str, str] | None = None) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="digitsite-bench-"))
        self.port = _free_port()
        self._workers = workers
        self._environment = {
            **os.environ,
            **LIMITS,
            **(environment or {}),
            "DIGITSITE_HOME": str(self.home),
            "PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "digitsite.settings",
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Site:
        try:
            self._start_all()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _start_all(self) -> None:
        (self.home / "logs").mkdir()
        self._start("broker", ["digitsite.broker"])
        self._run(["django", "migrate", "-v0"])
        self._start("web", [*UVICORN, "--port", str(self.port)])
        for number in range(self._workers):
            self._start(f"worker{number}", CELERY)
        self._start("sweep", ["django", "sweep"])
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

    def process_ids(self) -> dict[str, int]:
        return {name: process.pid for name, process in self._processes.items()}

    def _start(self, name: str, command: list[str]) -> None:
        with (self.home / "logs" / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def _run(self, command: list[str]) -> None:
        subprocess.run(
            [sys.executable, "-m", *command], cwd=ROOT, env=self._environment, check=True
        )

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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
