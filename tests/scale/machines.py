"""A site spread over machines: processes that share a database, a broker, and nothing else."""

import itertools
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import redis

from recognizer.metrics import HEARTBEAT_KEY_PREFIX
from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import (
    ROOT,
    SiteProcess,
    assert_port_free,
    find_free_port,
    wait_until,
)
from tests.pipeline.conftest import UNLIMITED

WORKER = (
    *("tests.scale.faulty_worker", "worker", "--pool", "solo", "-Q", "recognition"),
    *("--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"),
)
WEB = (
    *("uvicorn", "digitsite.asgi:application", "--host", "127.0.0.1", "--loop", "uvloop"),
    *("--http", "httptools", "--ws", "websockets-sansio", "--timeout-graceful-shutdown", "1"),
)


@dataclass(frozen=True)
class WorkerProcess:
    """One running worker; `forwards` are the sizes of the groups that it read."""

    process: "subprocess.Popen[bytes]"
    notes: Path

    @property
    def forwards(self) -> list[int]:
        return [int(line) for line in self.notes.read_text().split()] if self.notes.exists() else []

    def halt(self) -> None:
        """Let it stand in its next transaction, as long as `go_on` is not called."""
        self.notes.with_suffix(".halt").touch()

    @property
    def is_halted(self) -> bool:
        return self.notes.with_suffix(".halted").exists()

    def resume(self) -> None:
        self.notes.with_suffix(".halt").unlink(missing_ok=True)


class Machines:
    """`add_web`, `add_worker`, `add_sweep`; `stop` ends them all. Migrates the database first."""

    def __init__(
        self, home: Path, *, broker: redis.Redis, settings: Mapping[str, str] | None = None
    ) -> None:
        self.home = home
        self._broker = broker
        self._settings = {**UNLIMITED, "INFERENCE_BATCH_SIZE": "4", **(settings or {})}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._numbers = itertools.count()
        home.mkdir(exist_ok=True)
        first = self._start("migrate", ["django", "migrate", "-v0"])
        assert first.wait(deadline(60)) == 0, self.log("migrate")

    @property
    def environment(self) -> dict[str, str]:
        """What every process of it is started with."""
        return SiteProcess(self.home, settings=self._settings).environment

    def add_web(self) -> SiteProcess:
        site = SiteProcess(self.home, port=find_free_port(), settings=self._settings)
        assert_port_free(site.port)
        name = f"web-{site.port}"
        self._start(name, [*WEB, "--port", str(site.port)], PORT=str(site.port))
        return site

    def add_worker(
        self, *, forward_s: float = 0, clock_off_s: float = 0, **settings: str
    ) -> WorkerProcess:
        """Does not wait until it is ready; `wait_for` does, so that several start together."""
        process = self._start(
            f"worker-{next(self._numbers)}",
            WORKER,
            ODD_NOTES=str(self.home),
            ODD_FORWARD_S=str(forward_s),
            ODD_CLOCK_OFF_S=str(clock_off_s),
            **settings,
        )
        return WorkerProcess(process, self.home / str(process.pid))

    def add_sweep(self) -> None:
        self._start("sweep", ["django", "sweep"])

    def wait_for(self, *workers: WorkerProcess) -> None:
        for worker in workers:
            key = f"{HEARTBEAT_KEY_PREFIX}{socket.gethostname()}:{worker.process.pid}"

            def is_up(key: str = key) -> bool:
                return bool(self._broker.exists(key))

            wait_until(is_up, within_s=60, what="the worker says that it lives")

    def end(self, *workers: WorkerProcess) -> None:
        for worker in workers:
            worker.resume()
            worker.process.terminate()
        for worker in workers:
            worker.process.wait(deadline(20))

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(deadline(10))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def log(self, name: str) -> str:
        return (self.home / f"{name}.log").read_text()

    def _start(
        self, name: str, command: "list[str] | tuple[str, ...]", **settings: str
    ) -> "subprocess.Popen[bytes]":
        with (self.home / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", *command],
                cwd=ROOT,
                env={**self.environment, **settings, "OMP_NUM_THREADS": "1"},
                stdout=log,
                stderr=log,
            )
        self.processes[name] = process
        return process
