"""The Flask peer under gunicorn: processes with one thread each, on a free port."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType

import psutil

from bench.harness.bench_site import (
    ROOT,
    find_free_port,
    stop_process,
    wait_until_serving,
)

GUNICORN = "gunicorn bench.peers.flask_app:app --threads 1 --keep-alive 75 --log-level warning"
START_TIMEOUT_S = 120


class FlaskServer:
    """A context manager that runs the peer. Without a `database` it stores nothing."""

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
            wait_until_serving(f"http://127.0.0.1:{self.port}/", timeout_s=START_TIMEOUT_S)
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
        stop_process(self._process)

    def process_ids(self) -> dict[str, int]:
        workers = psutil.Process(self._process.pid).children()
        return {f"process{number}": worker.pid for number, worker in enumerate(workers)}
