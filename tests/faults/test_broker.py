"""A killed or frozen broker: drawings are accepted, and recognized once it is back."""

import os
import shutil
import signal
import time
from statistics import quantiles

import pytest

from digitsite.embedded_valkey import find_broker
from digitsite.state_dir import broker_socket_path
from recognizer.messaging.redis_client import connect_redis
from tests.faults.harness.history_checker import assert_consistent
from tests.faults.harness.process_signals import suspend_process
from tests.faults.harness.recording_client import RecordingClient
from tests.fixtures.deadlines import deadline
from tests.fixtures.metrics import PrintMetric
from tests.fixtures.site_process import SiteProcess
from tests.pipeline.user_sessions import UserSession

pytestmark = pytest.mark.timeout(180)

NUM_QUEUED = 500
FREEZE_DURATION_S = 30.0
COMPLETION_TIMEOUT_S = 6.0
DRAW_INTERVAL_S = 0.1


def test_killed_broker_loses_no_queued_drawing(
    site: SiteProcess, user_session: UserSession, print_metric: PrintMetric
) -> None:
    with RecordingClient(user_session.connect) as client:
        _disable_broker_persistence(site)
        with suspend_process(site.pid("worker")):
            client.draw(NUM_QUEUED)
            client.wait_until_queued()
            os.kill(site.pid("broker"), signal.SIGKILL)
            more = client.draw(20)  # while the broker is down
            client.wait_until_queued()
            site.wait_until_serving()
        back_at = time.monotonic()
        took_s = client.wait_until_complete() - back_at
    assert_consistent(site.database, client.history)
    print_metric(f"complete {took_s:.1f} s after the restart; {_latencies(client, more)}")
    assert took_s <= deadline(COMPLETION_TIMEOUT_S)


def test_frozen_broker_does_not_block_drawing(
    site: SiteProcess, user_session: UserSession, print_metric: PrintMetric
) -> None:
    with RecordingClient(user_session.connect) as client:
        client.draw()
        client.wait_until_complete()
        with suspend_process(site.pid("broker")):
            until, refs = time.monotonic() + FREEZE_DURATION_S, []
            while time.monotonic() < until:
                refs += client.draw()
                client.listen(DRAW_INTERVAL_S)
            client.wait_until_queued(within_s=1)
        back_at = time.monotonic()
        took_s = client.wait_until_complete() - back_at
    assert_consistent(site.database, client.history)
    latencies = _latencies(client, refs)
    print_metric(f"{len(refs)} drawings; {latencies}; complete {took_s:.1f} s after the thaw")
    assert max(client.acknowledged_after_s[ref] for ref in refs) < deadline(1)
    assert took_s <= deadline(COMPLETION_TIMEOUT_S)


def _disable_broker_persistence(site: SiteProcess) -> None:
    """Keep new tasks in the memory of the broker only."""
    with connect_redis(
        url=f"unix://{broker_socket_path(site.home)}", timeout_s=deadline(5)
    ) as client:
        client.config_set("appendonly", "no")
    shutil.rmtree(site.home / "broker" / find_broker().name / "appendonlydir")


def _latencies(client: RecordingClient, refs: list[str]) -> str:
    took_ms = [1000 * client.acknowledged_after_s[ref] for ref in refs]
    cuts = quantiles(took_ms, n=100)
    return f"stored in p50 {cuts[49]:.1f}, p99 {cuts[98]:.1f}, at most {max(took_ms):.1f} ms"
