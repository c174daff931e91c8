"""A Redis server on a TCP port, for several machines."""

import subprocess
from pathlib import Path

import redis

from digitsite.embedded_valkey import find_installed_broker
from recognizer.messaging.redis_client import connect_redis
from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import assert_port_free, wait_until


class RedisProcess:
    """A server on `host`, `port` and a unix socket. Stores nothing on disk."""

    def __init__(
        self, folder: Path, *, host: str = "127.0.0.1", port: int, program: Path | None = None
    ) -> None:
        program = program or find_installed_broker()
        assert program, "no Redis found: apt-get install redis-server"
        self.url = f"redis://{host}:{port}/0"
        self.queue_url = f"redis://{host}:{port}/1"
        self.local_url = f"unix://{folder / 'socket'}"
        self.host, self._port = host, port
        self._log = folder / "log"
        self._command: list[str | Path] = [
            program,
            *("--bind", host, "--port", str(port), "--unixsocket", folder / "socket"),
            *("--protected-mode", "no", "--save", "", "--appendonly", "no", "--dir", folder),
        ]

    def start(self, *, replica_of: "RedisProcess | None" = None) -> None:
        assert_port_free(self._port, self.host)
        role = ["--replicaof", f"{replica_of.host} {replica_of._port}"] if replica_of else []
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([*self._command, *role], stdout=log, stderr=log)
        wait_until(self._is_responding, within_s=10, what=lambda: self._log.read_text())
        assert self._process.poll() is None, self._log.read_text()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(deadline(10))

    @property
    def process_id(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(deadline(10))

    def client(self) -> redis.Redis:
        return connect_redis(url=self.local_url, timeout_s=deadline(5))

    def _is_responding(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return self._process.poll() is not None
