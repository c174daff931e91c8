"""A site on several machines, which are network namespaces.

Three web processes behind HAProxy, two recognition workers, a background worker with the
maintenance process, a primary and a replica of Valkey behind another HAProxy, and PgBouncer in
front of PostgreSQL.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from digitsite.embedded_valkey import find_bundled_broker
from digitsite.launcher.supervisor_config import PROGRAMS
from tests.faults.harness.network_namespaces import HUB, Network
from tests.fixtures.postgres_process import PostgresProcess
from tests.fixtures.site_process import SiteProcess, wait_until
from tests.scale.haproxy_process import HAProxyProcess
from tests.scale.machines import Machines, WorkerProcess
from tests.scale.pgbouncer_process import PgBouncerProcess
from tests.scale.redis_process import RedisProcess

WEBS = ("web1", "web2", "web3")
WORKERS = ("worker1", "worker2")
BACKGROUND, WEB_PROXY, VALKEY_PROXY = "background", "proxy", "queue"
POOL, DATABASE = "pool", "database"
VALKEYS = ("valkey1", "valkey2")
MACHINES = (*WEBS, *WORKERS, BACKGROUND, WEB_PROXY, VALKEY_PROXY, *VALKEYS, POOL, DATABASE)
WEB_PORT, VALKEY_PORT, POOL_PORT = 8000, 6379, 6432


class FaultSite:
    """The running site. Its methods break one part each and return after its repair."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        """Start all processes. `stack` ends them. Raises CannotMakeNetwork."""
        self.network = Network(MACHINES)
        stack.callback(self.network.remove)
        self.primary: RedisProcess
        self._replica: RedisProcess
        self.addresses = self.network.addresses
        self.base_url = self._url(WEB_PROXY)
        self._folder = folder
        self._start_servers(stack)
        with self.network.inside(HUB):
            self.machines = Machines(
                folder / "home",
                broker=self.primary.client(),
                settings={
                    "DATABASE_URL": self.pool.url(self.database_url),
                    "REDIS_URL": f"redis://{self.addresses[VALKEY_PROXY]}:{VALKEY_PORT}/0",
                    "ORIGINS": self.base_url,
                    "FORWARDED_ALLOW_IPS": self.addresses[WEB_PROXY],
                    "INFERENCE_BATCH_SIZE": "128",
                },
            )
        stack.callback(self.machines.stop)
        self._workers: dict[str, WorkerProcess] = {}
        for start, names in ((self._start_worker, WORKERS), (self._start_web, WEBS)):
            for name in names:
                start(name)
        self._start_background()
        with self.network.inside(HUB):
            self.machines.wait_for(*self._workers.values())
        for name in WEBS:
            self._wait_for_web(name)
        self._wait_for_web(WEB_PROXY)

    @property
    def address(self) -> str:
        return self.addresses[WEB_PROXY]

    def kill_web(self, name: str) -> None:
        self._kill(name)
        self._start_web(name)
        self._wait_for_web(name)

    def kill_worker(self, name: str) -> None:
        self._kill(name)
        self._start_worker(name)
        self._wait_for_predictions(name, 0)

    def kill_background(self) -> None:
        """Kill the background worker and the maintenance process."""
        self._kill(BACKGROUND)
        self._kill("sweep")
        self._start_background()

    def kill_web_proxy(self) -> None:
        self._restart(WEB_PROXY, self._web_proxy)

    def kill_valkey_proxy(self) -> None:
        self._restart(VALKEY_PROXY, self._valkey_proxy)

    def kill_pool(self) -> None:
        self._restart(POOL, self.pool)

    def crash_database(self) -> None:
        with self.network.inside(DATABASE):
            self._postgres.crash()
            self._postgres.start()

    def fail_over(self) -> None:
        """Kill the primary, promote the replica, and start the killed server as its replica."""
        killed, self.primary = self.primary, self._replica
        killed.kill()
        with self.primary.client() as client:
            client.replicaof("NO", "ONE")
        self._replica = killed
        with self.network.inside(self._find_machine(killed)):
            killed.start(replica_of=self.primary)

    def cut_web(self, name: str, seconds: float) -> None:
        with self._cut(name):
            time.sleep(seconds)
        self._wait_for_web(name)

    def cut_worker(self, name: str, seconds: float) -> None:
        """Cut a worker off in a transaction, in which it holds row locks."""
        worker = self._workers[name]
        num_before = len(worker.forwards)
        worker.halt()
        wait_until(lambda: worker.is_halted, within_s=20, what="the worker halts")
        with self._cut(name):
            worker.resume()
            time.sleep(seconds)
        self._wait_for_predictions(name, num_before + 1)

    def cut_primary(self, seconds: float) -> None:
        with self._cut(self._find_machine(self.primary)):
            time.sleep(seconds)

    def cut_database(self, seconds: float) -> None:
        with self._cut(DATABASE):
            time.sleep(seconds)

    def _start_servers(self, stack: ExitStack) -> None:
        self._postgres = PostgresProcess(listen_on=self.addresses[DATABASE])
        stack.callback(self._postgres.remove)
        with self.network.inside(DATABASE):
            self._postgres.start()
        self.database_url = self._postgres.create_database()
        self.pool = PgBouncerProcess(
            server=self.addresses[DATABASE], host=self.addresses[POOL], port=POOL_PORT
        )
        with self.network.inside(POOL):
            self.pool.start()
        stack.callback(self.pool.remove)
        self._start_valkeys(stack)
        servers = {name.upper(): f"{self.addresses[name]}:{VALKEY_PORT}" for name in VALKEYS}
        self._valkey_proxy = HAProxyProcess(
            self._make_folder(VALKEY_PROXY),
            config="valkey.cfg",
            host=self.addresses[VALKEY_PROXY],
            port=VALKEY_PORT,
            servers=servers,
        )
        webs = {name.upper(): f"{self.addresses[name]}:{WEB_PORT}" for name in WEBS}
        self._web_proxy = HAProxyProcess(
            self._make_folder(WEB_PROXY),
            config="web.cfg",
            host=self.address,
            port=WEB_PORT,
            servers=webs,
        )
        for name, proxy in ((VALKEY_PROXY, self._valkey_proxy), (WEB_PROXY, self._web_proxy)):
            with self.network.inside(name):
                proxy.start()
            stack.callback(proxy.kill)

    def _start_valkeys(self, stack: ExitStack) -> None:
        self.primary, self._replica = map(self._make_valkey, VALKEYS)
        for server, primary in ((self.primary, None), (self._replica, self.primary)):
            with self.network.inside(self._find_machine(server)):
                server.start(replica_of=primary)
            stack.callback(server.stop)

    def _make_valkey(self, name: str) -> RedisProcess:
        return RedisProcess(
            self._make_folder(name),
            host=self.addresses[name],
            port=VALKEY_PORT,
            program=find_bundled_broker(),
        )

    def _restart(self, name: str, server: HAProxyProcess | PgBouncerProcess) -> None:
        server.kill()
        with self.network.inside(name):
            server.start()

    def _start_web(self, name: str) -> None:
        command = PROGRAMS["web"].replace("127.0.0.1", self.addresses[name])
        self._start_program(name, name, command % {"ENV_PORT": WEB_PORT})

    def _start_worker(self, name: str) -> None:
        with self.network.inside(name):
            worker = self._workers[name] = self.machines.add_worker()
        self.machines.processes[name] = worker.process

    def _start_background(self) -> None:
        self._start_program(BACKGROUND, BACKGROUND, PROGRAMS["background"])
        self._start_program(BACKGROUND, "sweep", PROGRAMS["sweep"])

    def _start_program(self, machine: str, name: str, command: str) -> None:
        with self.network.inside(machine):
            self.machines.start(name, command.split())

    def _kill(self, process: str) -> None:
        killed: subprocess.Popen[bytes] = self.machines.processes[process]
        killed.kill()
        killed.wait()

    def _wait_for_web(self, name: str) -> None:
        site = SiteProcess(self._folder / "home")
        site.base_url = self._url(name)
        with self.network.inside(HUB):
            site.wait_until_serving()

    def _wait_for_predictions(self, name: str, num_before: int) -> None:
        worker = self._workers[name]
        wait_until(lambda: len(worker.forwards) > num_before, within_s=60, what=f"{name} predicts")

    @contextmanager
    def _cut(self, name: str) -> Iterator[None]:
        self.network.cut_off(name)
        try:
            yield
        finally:
            self.network.reconnect(name)

    def _find_machine(self, valkey: RedisProcess) -> str:
        return next(name for name in VALKEYS if self.addresses[name] == valkey.host)

    def _url(self, name: str) -> str:
        return f"http://{self.addresses[name]}:{WEB_PORT}"

    def _make_folder(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir()
        return folder
