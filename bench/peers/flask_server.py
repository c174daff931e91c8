"""A Flask peer under gunicorn: processes with one thread each, on a fresh port."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType

import psutil

from bench.harness.bench_site import ROOT, find_free_port

GUNICORN = "gunicorn bench.peers.flask_app:app --threads 1 --keep-alive 75 --log-level warning"
START_TIMEOUT_S = 60.0


class FlaskServer:
    """`with Peer(…)` runs it; without a `database` it stores nothing."""

    def __init__(self, *, kind: str, processes: int, database: Path | None, log: Path) -> None:
        self.port = find_free_port()
        self.database = database
        self._command = [
            *(sys.executable, "-m", *GUNICORN.split(), "--worker-class", kind),
            *("--workers", str(processes), "--bind", f"127.0.0.1:{self.port}"),
        ]
        self._environment = os.environ | {"PEER_DATABASE": str(database or "")}
        self._log = log
        self._process: subprocess.Popen[bytes]

    def __enter__(self) -> FlaskServer:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        try:
            self._wait_until_up()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def process_ids(self) -> dict[str, int]:
        workers = psutil.Process(self._process.pid).children()
        return {f"process{number}": worker.pid for number, worker in enumerate(workers)}

    def _wait_until_up(self) -> None:
        """A request comes back, be it with a 404, once a worker has loaded the network."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=20).close()
            except urllib.error.HTTPError:
                return
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.1)
