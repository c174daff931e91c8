"""Two workers on separate machines, one without network during a transaction."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.faults.harness.history_checker import assert_consistent
from tests.faults.harness.network_namespaces import HUB, CannotMakeNetwork, Network
from tests.faults.harness.recording_client import RecordingClient
from tests.fixtures.deadlines import deadline
from tests.fixtures.metrics import PrintMetric
from tests.fixtures.postgres_process import PostgresProcess
from tests.fixtures.site_process import wait_until
from tests.fixtures.skip_policy import NO_NETWORK_NAMESPACES_REASON
from tests.pipeline.user_sessions import UserSession
from tests.scale.machines import Machines
from tests.scale.redis_process import RedisProcess

CUT_DURATION_S = 60.0
PREDICTION_TIMEOUT_S = 6.0
RECONNECT_TIMEOUT_S = 20.0

pytestmark = pytest.mark.timeout(120 + CUT_DURATION_S)


@pytest.fixture
def network() -> Iterator[Network]:
    try:
        network = Network(["one", "two"])
    except CannotMakeNetwork:
        pytest.skip(NO_NETWORK_NAMESPACES_REASON)
    yield network
    network.remove()


@pytest.fixture
def remote_site(
    network: Network, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["RemoteSite"]:
    with ExitStack() as stack:
        yield RemoteSite(network, tmp_path_factory, stack)


class RemoteSite:
    """Servers, web process and sweep in the hub, and a worker on each of the two machines."""

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
            folders.mktemp("remote") / "home", broker=redis.client(), settings=local
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


def test_disconnected_worker_loses_and_repeats_nothing(
    remote_site: RemoteSite, print_metric: PrintMetric
) -> None:
    one, two = remote_site.workers["one"], remote_site.workers["two"]
    with RecordingClient(UserSession(remote_site.web).connect) as client:
        _draw_until(client, lambda: bool(one.forwards) and bool(two.forwards))
        one.halt()
        _draw_until(client, lambda: one.is_halted)
        remote_site.network.cut_off("one")
        one.resume()  # it holds row locks, and its commit never arrives
        forwards_before = len(one.forwards)
        cut_at = time.monotonic()
        _draw_until(client, lambda: time.monotonic() - cut_at > CUT_DURATION_S)
        client.wait_until_complete()
        remote_site.network.reconnect("one")
        back_at = time.monotonic()
        _draw_until(client, lambda: len(one.forwards) > forwards_before + 3)
        back_s = time.monotonic() - back_at
        client.wait_until_complete()
    assert_consistent(remote_site.database_url, client.history)
    slowest_s = max(client.predicted_after_s.values())
    print_metric(
        f"{len(client.sent)} drawings, the slowest prediction {slowest_s:.1f} s; {back_s=:.1f}"
    )
    assert slowest_s < deadline(PREDICTION_TIMEOUT_S)
    assert back_s < deadline(RECONNECT_TIMEOUT_S)


def _draw_until(client: RecordingClient, condition: Callable[[], bool]) -> None:
    def draw_and_check() -> bool:
        client.draw()
        client.listen(0.05)
        return bool(condition())

    wait_until(draw_and_check, within_s=CUT_DURATION_S + 30, what="the condition is met")
