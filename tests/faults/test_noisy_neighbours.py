"""One who never reads, and one who sends far too much: others go on, and nothing grows. How little
the others notice, bench/noisy_neighbours.py says.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import quantiles

import psutil
import pytest

from tests.faults.harness.history_checker import assert_consistent
from tests.faults.harness.recording_client import RecordingClient
from tests.faults.harness.silent_client import SilentClient
from tests.fixtures.deadlines import deadline
from tests.fixtures.metrics import PrintMetric
from tests.fixtures.site_process import SiteProcess
from tests.fixtures.socket_client import SocketClient
from tests.pipeline.factories import load_strokes
from tests.pipeline.user_sessions import UserSession

pytestmark = pytest.mark.timeout(120)

CLOSE_TIMEOUT_S = 30.0
MAX_GROWTH_BYTES = 100 * 2**20
FLOOD_DURATION_S, FLOOD_PER_S = 10.0, 200
NUM_OTHER_USERS = 4
BURST, DRAWINGS_PER_S = 120, 10


@pytest.fixture
def strict_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteProcess]:
    """A site with the limits that everybody has."""
    site = SiteProcess(tmp_path_factory.mktemp("fault") / "home")
    try:
        yield site.start_and_wait()
    finally:
        site.remove()


def test_who_never_reads_is_cut_off_and_costs_no_memory(
    site: SiteProcess, person: UserSession, print_metric: PrintMetric
) -> None:
    deaf, web = UserSession(site), psutil.Process(site.pid("web"))
    with RecordingClient(deaf.talk) as hearing:
        hearing.draw(200)
        hearing.settle()
    before = most = web.memory_info().rss
    closed_after_s: dict[str, float] = {}
    with (
        SilentClient(site.port, deaf.cookie) as greedy,
        SilentClient(site.port, deaf.cookie) as quiet,
        RecordingClient(person.talk) as other,
    ):
        for _ in range(1000):
            greedy.say(type="resume", since=0)
        silent, started = {"greedy": greedy, "quiet": quiet}, time.monotonic()
        while silent.keys() - closed_after_s.keys():
            other.draw()
            other.listen(0.2)
            most = max(most, web.memory_info().rss)
            open_ports = {line.raddr.port for line in web.net_connections() if line.raddr}
            passed_s = time.monotonic() - started
            for name, one in silent.items():
                if one.port not in open_ports:
                    closed_after_s.setdefault(name, passed_s)
            assert passed_s < deadline(CLOSE_TIMEOUT_S), closed_after_s
        other.settle()
    assert_consistent(site.database, hearing.history, other.history)
    grown = most - before
    print_metric(f"closed after {closed_after_s} s, {grown / 2**20:.0f} MiB more")
    assert grown < MAX_GROWTH_BYTES


def test_who_sends_two_hundred_a_second_is_held_to_the_limits(
    strict_site: SiteProcess, print_metric: PrintMetric
) -> None:
    flooder, web = UserSession(strict_site), psutil.Process(strict_site.pid("web"))
    people = [UserSession(strict_site) for _ in range(NUM_OTHER_USERS)]
    with ExitStack() as stack:
        others = [stack.enter_context(RecordingClient(one.talk)) for one in people]
        flood = stack.enter_context(flooder.talk())
        before, started, sent = web.memory_info().rss, time.monotonic(), 0
        while (passed_s := time.monotonic() - started) < FLOOD_DURATION_S:
            while sent < passed_s * FLOOD_PER_S:
                flood.draw(strokes=load_strokes(3))
                sent += 1
            for other in others:
                other.draw()
                other.listen(0.05)
        for other in others:
            other.settle()
        grown = web.memory_info().rss - before
        heard = _receive_all(flood, sent)
        lasted_s = time.monotonic() - started
    assert_consistent(strict_site.database, *(other.history for other in others))
    took_ms = [1000 * took_s for one in others for took_s in one.answered_after_s.values()]
    p95 = quantiles(took_ms, n=20)[-1]
    print_metric(f"{heard}; the others' p95 {p95:.0f} ms, {grown / 2**20:.0f} MiB more")
    assert heard["queued"] <= BURST + DRAWINGS_PER_S * lasted_s
    assert max(took_ms) < 1000 * deadline(CLOSE_TIMEOUT_S)
    assert grown < MAX_GROWTH_BYTES


def _receive_all(flood: SocketClient, count: int) -> Counter[str]:
    """What became of each of so many drawings."""
    heard: Counter[str] = Counter()
    while heard.total() < count:
        message = flood.hear("queued", "error")
        heard[str(message.get("code", message["type"]))] += 1
    return heard
