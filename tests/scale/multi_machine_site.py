"""A site with two web processes and a sweep. Each test adds its workers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.fixtures.postgres_process import PostgresProcess
from tests.fixtures.site_process import SiteProcess, find_free_port
from tests.fixtures.socket_client import SocketClient
from tests.pipeline.user_sessions import UserSession
from tests.scale.machines import Machines
from tests.scale.redis_process import RedisProcess


@dataclass(frozen=True)
class MultiMachineSite:
    """The processes and servers of the site, and a signed-up user."""

    machines: Machines
    webs: tuple[SiteProcess, SiteProcess]
    postgres: PostgresProcess
    redis: RedisProcess
    database_url: str
    user_session: UserSession

    def connect(self, web: int, user_session: UserSession | None = None) -> SocketClient:
        """Return a socket of the user on the first or the second web process."""
        return SocketClient(self.webs[web].port, Cookie=(user_session or self.user_session).cookie)


@contextmanager
def run_multi_machine_site(folders: pytest.TempPathFactory) -> Iterator[MultiMachineSite]:
    """Start a site with its own PostgreSQL and Redis, and stop everything afterwards.

    The queue has another database of Redis than the keys, as on a site with QUEUE_URL.
    """
    postgres = PostgresProcess()
    redis = RedisProcess(folders.mktemp("redis"), port=find_free_port())
    try:
        postgres.start()
        redis.start()
        url = postgres.create_database()
        machines = Machines(
            folders.mktemp("machines") / "home",
            broker=redis.client(),
            settings={
                "DATABASE_URL": url,
                "REDIS_URL": redis.url,
                "QUEUE_URL": redis.queue_url,
            },
        )
        try:
            webs = machines.add_web(), machines.add_web()
            machines.add_sweep()
            for web in webs:
                web.wait_until_serving()
            yield MultiMachineSite(machines, webs, postgres, redis, url, UserSession(webs[0]))
        finally:
            machines.stop()
    finally:
        redis.stop()
        postgres.remove()
