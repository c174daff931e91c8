"""Processes of a site that share only a database and a broker, as on several machines."""

import itertools
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import redis

from recognizer.messaging.redis_keys import HEARTBEAT_KEY
from tests.fixtures.deadlines import deadline
from tests.fixtures.live_site import UNLIMITED
from tests.fixtures.site_process import (
    ROOT,
    SiteProcess,
    assert_port_free,
    find_free_port,
    wait_until,
)

WORKER = (
    *("tests.scale.faulty_worker", "worker", "--pool", "solo", "-Q", "recognition"),
    *("--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"),
)
MAX_WEBS = 8
WEB = (
    *("uvicorn", "digitsite.asgi:application", "--host", "127.0.0.1", "--loop", "uvloop"),
    *("--http", "httptools", "--ws", "websockets-sansio", "--timeout-graceful-shutdown", "1"),
)


@dataclass(frozen=True)
class WorkerProcess:
    """A running worker. `forwards` are the batch sizes of its forward passes."""

    process: "subprocess.Popen[bytes]"
    forward_log: Path

    @property
    def forwards(self) -> list[int]:
        return (
            [int(line) for line in self.forward_log.read_text().split()]
            if self.forward_log.exists()
            else []
        )

    def halt(self) -> None:
        """Halt the worker in its next transaction until `resume`."""
        self.forward_log.with_suffix(".halted").unlink(missing_ok=True)
        self.forward_log.with_suffix(".halt").touch()

    @property
    def is_halted(self) -> bool:
        return self.forward_log.with_suffix(".halted").exists()

    def resume(self) -> None:
        self.forward_log.with_suffix(".halt").unlink(missing_ok=True)


class Machines:
    """The processes of one site. Migrates the database first; `stop` ends all processes."""

    def __init__(
        self, home: Path, *, broker: redis.Redis, settings: Mapping[str, str] | None = None
    ) -> None:
        self.home = home
        self._broker = broker
        self._web_ports = [find_free_port() for _ in range(MAX_WEBS)]
        # One list for all web processes: they are one site, with one name of the session cookie.
        origins = ",".join(
            f"http://{host}:{port}"
            for port in self._web_ports
            for host in ("localhost", "127.0.0.1")
        )
        fixed = {"INFERENCE_BATCH_SIZE": "4", "ORIGINS": origins}
        self._settings = {**UNLIMITED, **fixed, **(settings or {})}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._numbers = itertools.count()
        home.mkdir(exist_ok=True)
        migration = self.start("migrate", ["django", "migrate", "-v0"])
        assert migration.wait(deadline(60)) == 0, self.log("migrate")

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every process."""
        return SiteProcess(self.home, settings=self._settings).environment

    def add_web(self) -> SiteProcess:
        site = SiteProcess(self.home, port=self._web_ports.pop(0), settings=self._settings)
        assert_port_free(site.port)
        name = f"web-{site.port}"
        self.start(name, [*WEB, "--port", str(site.port)], PORT=str(site.port))
        return site

    def add_worker(
        self, *, forward_s: float = 0, clock_off_s: float = 0, **settings: str
    ) -> WorkerProcess:
        """Start a worker without waiting: `wait_for` waits, so that several start together."""
        process = self.start(
            f"worker-{next(self._numbers)}",
            WORKER,
            FAULTY_LOG_DIR=str(self.home),
            FAULTY_FORWARD_S=str(forward_s),
            FAULTY_CLOCK_SKEW_S=str(clock_off_s),
            **settings,
        )
        return WorkerProcess(process, self.home / str(process.pid))

    def add_sweep(self) -> None:
        self.start("sweep", ["django", "sweep"])

    def wait_for(self, *workers: WorkerProcess) -> None:
        for worker in workers:
            pattern = f"*:{HEARTBEAT_KEY}{socket.gethostname()}:{worker.process.pid}"

            def is_up(pattern: str = pattern) -> bool:
                return bool(list(self._broker.scan_iter(pattern)))

            wait_until(is_up, within_s=60, what="the worker sends a heartbeat")

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

    def start(
        self, name: str, command: "list[str] | tuple[str, ...]", **settings: str
    ) -> "subprocess.Popen[bytes]":
        """Start a Python module. A later process with the same name replaces an ended one."""
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
