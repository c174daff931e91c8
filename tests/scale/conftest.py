"""Two web processes and a sweep on PostgreSQL and Redis; each test brings its own workers."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.fixtures.postgres_process import PostgresProcess
from tests.fixtures.site_process import SiteProcess, free_port
from tests.fixtures.talk import Talk
from tests.scale.machines import Machines
from tests.scale.redis_process import RedisProcess
from tests.way.talking import Person


@dataclass(frozen=True)
class Spread:
    """A site on several machines, and somebody who has signed up on it."""

    machines: Machines
    webs: tuple[SiteProcess, SiteProcess]
    redis: RedisProcess
    database_url: str
    person: Person

    def talk(self, web: int, person: Person | None = None) -> Talk:
        """A socket of the person on the first or the second web process."""
        return Talk(self.webs[web].port, Cookie=(person or self.person).cookie)


@pytest.fixture(scope="package")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    process = RedisProcess(tmp_path_factory.mktemp("redis"), port=free_port())
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="package")
def spread(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server: PostgresProcess,
    redis_server: RedisProcess,
) -> Iterator[Spread]:
    url = postgres_server.create_database()
    machines = Machines(
        tmp_path_factory.mktemp("spread") / "home",
        broker=redis_server.client(),
        settings={"DATABASE_URL": url, "REDIS_URL": redis_server.url},
    )
    try:
        webs = machines.add_web(), machines.add_web()
        machines.add_sweep()
        for web in webs:
            web.wait_until_serving()
        yield Spread(machines, webs, redis_server, url, Person(webs[0]))
    finally:
        machines.stop()
