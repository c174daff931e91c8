"""A client that never reads and one that floods: others keep working, memory stays bounded.

bench/noisy_neighbours.py measures the latency of the others.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
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
FLOOD_DURATION_S, FLOOD_PER_S = 25.0, 80  # longer than two pings may be unanswered
NUM_OTHER_USERS = 4
BURST, DRAWINGS_PER_S = 120, 10


@pytest.fixture
def strict_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteProcess]:
    """Start a site with the default limits."""
    site = SiteProcess(tmp_path_factory.mktemp("fault") / "home")
    try:
        yield site.start_and_wait()
    finally:
        site.remove()


def test_disconnects_a_client_that_never_reads(
    site: SiteProcess, user_session: UserSession, print_metric: PrintMetric
) -> None:
    unread_session, web = UserSession(site), psutil.Process(site.pid("web"))
    with RecordingClient(unread_session.connect) as reader:
        reader.draw(200)
        reader.wait_until_complete()
    before = max_rss = web.memory_info().rss
    closed_after_s: dict[str, float] = {}
    with (
        SilentClient(site.port, unread_session.cookie) as greedy,
        SilentClient(site.port, unread_session.cookie) as quiet,
        RecordingClient(user_session.connect) as other,
    ):
        for _ in range(1000):
            greedy.send(type="resume", since=0)
        silent, started = {"greedy": greedy, "quiet": quiet}, time.monotonic()
        while silent.keys() - closed_after_s.keys():
            other.draw()
            other.listen(0.2)
            max_rss = max(max_rss, web.memory_info().rss)
            open_ports = {line.raddr.port for line in web.net_connections() if line.raddr}
            elapsed_s = time.monotonic() - started
            for name, client in silent.items():
                if client.port not in open_ports:
                    closed_after_s.setdefault(name, elapsed_s)
            assert elapsed_s < deadline(CLOSE_TIMEOUT_S), closed_after_s
        other.wait_until_complete()
    assert_consistent(site.database, reader.history, other.history)
    growth = max_rss - before
    print_metric(f"closed after {closed_after_s} s, {growth / 2**20:.0f} MiB more")
    assert growth < MAX_GROWTH_BYTES


def test_limits_a_client_that_floods(strict_site: SiteProcess, print_metric: PrintMetric) -> None:
    flooder, web = UserSession(strict_site), psutil.Process(strict_site.pid("web"))
    sessions = [UserSession(strict_site) for _ in range(NUM_OTHER_USERS)]
    with ExitStack() as stack:
        others = [stack.enter_context(RecordingClient(session.connect)) for session in sessions]
        flood = stack.enter_context(flooder.connect())
        before, started, sent = web.memory_info().rss, time.monotonic(), 0
        while (elapsed_s := time.monotonic() - started) < FLOOD_DURATION_S:
            while sent < elapsed_s * FLOOD_PER_S:
                flood.draw(strokes=load_strokes(3))
                sent += 1
            for other in others:
                other.draw()
                other.listen(0.05)
        for other in others:
            other.wait_until_complete()
        growth = web.memory_info().rss - before
        counts = _receive_all(flood)
        duration_s = time.monotonic() - started
    assert_consistent(strict_site.database, *(other.history for other in others))
    took_ms = [1000 * took_s for one in others for took_s in one.predicted_after_s.values()]
    p95 = quantiles(took_ms, n=20)[-1]
    print_metric(f"{counts}; the others' p95 {p95:.0f} ms, {growth / 2**20:.0f} MiB more")
    assert counts["queued"] <= BURST + DRAWINGS_PER_S * duration_s
    assert max(took_ms) < 1000 * deadline(CLOSE_TIMEOUT_S)
    assert growth < MAX_GROWTH_BYTES


def _receive_all(flood: SocketClient) -> Counter[str]:
    """Count the replies that have arrived by type or error code. Raises ConnectionClosed if the
    server has closed the socket."""
    counts: Counter[str] = Counter()
    with suppress(TimeoutError):
        while True:
            message = flood.receive_next(within_s=1)
            counts[str(message.get("code", message["type"]))] += 1
    return counts
