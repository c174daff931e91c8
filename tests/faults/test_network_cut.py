"""Two workers on machines of their own; one loses the network in the middle of a transaction.

DIGITSITE_CUT_S is for how long, 60 s for the whole promise; the suite has less time to spend.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.faults.history import Ledger
from tests.faults.network import HUB, Network
from tests.faults.rows import require_each_answered_once
from tests.fixtures.postgres_process import PostgresProcess
from tests.fixtures.site_process import wait_until
from tests.scale.machines import Machines
from tests.scale.redis_process import RedisProcess
from tests.way.talking import Person

CUT_S = float(os.environ.get("DIGITSITE_CUT_S", "25"))
ANSWERED_WITHIN_S = 6.0
BACK_WITHIN_S = 20.0

pytestmark = pytest.mark.timeout(120 + CUT_S)


@pytest.fixture
def network() -> Iterator[Network]:
    if os.getuid() != 0:
        pytest.skip("only root makes network namespaces")
    made = Network(["one", "two"])
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


def test_a_worker_that_is_cut_off_loses_nothing_and_repeats_nothing(far: Far) -> None:
    one, two = far.workers["one"], far.workers["two"]
    with Person(far.web).talk() as talk:
        ledger = Ledger(talk)
        _draw_until(ledger, lambda: bool(one.forwards) and bool(two.forwards))
        one.halt()
        _draw_until(ledger, lambda: one.is_halted)
        far.network.cut_off("one")
        one.go_on()  # it holds locks on rows, and its commit will never arrive
        read_before = len(one.forwards)
        cut_at = time.monotonic()
        _draw_until(ledger, lambda: time.monotonic() - cut_at > CUT_S)
        ledger.settle()
        far.network.join_again("one")
        back_at = time.monotonic()
        _draw_until(ledger, lambda: len(one.forwards) > read_before + 3)
        assert time.monotonic() - back_at < BACK_WITHIN_S
        ledger.settle()
        ledger.require_once()
    assert max(ledger.took_s.values()) < ANSWERED_WITHIN_S
    require_each_answered_once(far.database_url, ledger.sent)


def _draw_until(ledger: Ledger, is_so: Callable[[], bool]) -> None:
    def goes_on() -> bool:
        ledger.draw(1)
        ledger.listen(0.05)
        return bool(is_so())

    wait_until(goes_on, within_s=CUT_S + 30, what="people draw, and it comes about")
