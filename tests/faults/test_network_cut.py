"""Two workers on machines of their own; one loses the network in the middle of a transaction."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.faults.client import Client
from tests.faults.history import require_whole
from tests.faults.network import HUB, CannotMakeNetwork, Network
from tests.fixtures.deadlines import deadline
from tests.fixtures.figures import Figure
from tests.fixtures.postgres_process import PostgresProcess
from tests.fixtures.site_process import wait_until
from tests.fixtures.skips import NO_NETWORKS
from tests.scale.machines import Machines
from tests.scale.redis_process import RedisProcess
from tests.way.talking import Person

CUT_S = 60.0
ANSWERED_WITHIN_S = 6.0
BACK_WITHIN_S = 20.0

pytestmark = pytest.mark.timeout(120 + CUT_S)


@pytest.fixture
def network() -> Iterator[Network]:
    try:
        made = Network(["one", "two"])
    except CannotMakeNetwork:
        pytest.skip(NO_NETWORKS)
    yield made
    made.remove()


@pytest.fixture
def far(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Far"]:
    with ExitStack() as stack:
        yield Far(network, tmp_path_factory, stack)


class Far:
    """The servers in the hub, web and sweep beside them, a worker on each of the two machines."""

    def __init__(self, network: Network, folders: pytest.TempPathFactory, stack: ExitStack) -> None:
        self.network = network
        address = network.hub_address
        postgres = PostgresProcess(listen_on=address)
        stack.callback(postgres.remove)
        redis = RedisProcess(folders.mktemp("redis"), host=address, port=6379)
        with network.inside(HUB):
            postgres.start()
            redis.start()
        stack.callback(redis.stop)
        self.database_url = postgres.create_database()
        database = self.database_url.split("/")[3].split("?")[0]
        local = {"DATABASE_URL": self.database_url, "REDIS_URL": redis.local_url}
        remote: dict[str, Any] = {
            "DATABASE_URL": f"postgresql://postgres@{address}/{database}",
            "REDIS_URL": redis.url,
        }
        self.machines = Machines(
            folders.mktemp("far") / "home", broker=redis.client(), settings=local
        )
        stack.callback(self.machines.stop)
        self.web = self.machines.add_web()
        self.machines.add_sweep()
        self.workers = {}
        for name in ("one", "two"):
            with network.inside(name):
                self.workers[name] = self.machines.add_worker(forward_s=0.02, **remote)
        self.machines.wait_for(*self.workers.values())
        self.web.wait_until_serving()


def test_a_worker_that_is_cut_off_loses_nothing_and_repeats_nothing(
    far: Far, print_figure: Figure
) -> None:
    one, two = far.workers["one"], far.workers["two"]
    with Client(Person(far.web).talk) as client:
        _draw_until(client, lambda: bool(one.forwards) and bool(two.forwards))
        one.halt()
        _draw_until(client, lambda: one.is_halted)
        far.network.cut_off("one")
        one.go_on()  # it holds locks on rows, and its commit will never arrive
        read_before = len(one.forwards)
        cut_at = time.monotonic()
        _draw_until(client, lambda: time.monotonic() - cut_at > CUT_S)
        client.settle()
        far.network.join_again("one")
        back_at = time.monotonic()
        _draw_until(client, lambda: len(one.forwards) > read_before + 3)
        back_s = time.monotonic() - back_at
        client.settle()
    require_whole(far.database_url, client.history)
    slowest_s = max(client.answered_after_s.values())
    print_figure(
        f"{len(client.sent)} drawings, the slowest answer {slowest_s:.1f} s; {back_s=:.1f}"
    )
    assert slowest_s < deadline(ANSWERED_WITHIN_S)
    assert back_s < deadline(BACK_WITHIN_S)


def _draw_until(client: Client, is_so: Callable[[], bool]) -> None:
    def goes_on() -> bool:
        client.draw()
        client.listen(0.05)
        return bool(is_so())

    wait_until(goes_on, within_s=CUT_S + 30, what="people draw, and it comes about")
