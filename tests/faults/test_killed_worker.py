"""A worker killed repeatedly during inference: no prediction is lost or repeated."""

import os
import signal
import sqlite3
import time
from contextlib import closing

import pytest

from tests.faults.harness.history_checker import assert_consistent
from tests.faults.harness.recording_client import RecordingClient
from tests.fixtures.deadlines import deadline
from tests.fixtures.metrics import PrintMetric
from tests.fixtures.site_process import SiteProcess, wait_until
from tests.pipeline.user_sessions import UserSession

pytestmark = pytest.mark.timeout(120)

NUM_KILLS = 5
BURST_SIZE = 80
RESTART_TIMEOUT_S = 15.0
POLL_TIMEOUT_S = 0.5
COMPLETION_TIMEOUT_S = 6.0
SELECT_LAST = "SELECT coalesce(max(rowid), 0) FROM recognizer_drawing"
ARE_LEASED = """
SELECT count(*) > 10 FROM recognizer_drawing
WHERE rowid > ? AND status = 'queued' AND lease_until IS NOT NULL
"""


def test_killing_a_worker_five_times_loses_no_drawing(
    site: SiteProcess, user_session: UserSession, print_metric: PrintMetric
) -> None:
    with RecordingClient(user_session.connect) as client:
        for _ in range(NUM_KILLS):
            _draw_until_worker_restarts(client, BURST_SIZE // 4)
            _draw_until_leased(client, BURST_SIZE - BURST_SIZE // 4, site.database)
            os.kill(site.pid("worker"), signal.SIGKILL)
            killed_at = time.monotonic()
        took_s = client.wait_until_complete() - killed_at
    rows = assert_consistent(site.database, client.history)
    num_retried = sum(row.attempts > 1 for row in rows)
    print_metric(
        f"complete {took_s:.1f} s after the last kill; {num_retried} of {len(rows)} retried"
    )
    assert num_retried > 0, "no kill happened during inference"
    assert took_s <= deadline(COMPLETION_TIMEOUT_S)


def _draw_until_worker_restarts(client: RecordingClient, count: int) -> None:
    refs = set(client.draw(count))

    def is_back() -> bool:
        client.listen(0.002)
        return not refs.isdisjoint(client.predicted_after_s)

    wait_until(is_back, within_s=RESTART_TIMEOUT_S, what="the worker predicts again")


def _draw_until_leased(client: RecordingClient, count: int, database: str) -> None:
    """Draw, and wait until the worker holds leases. That state is short and may be missed."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        (last,) = connection.execute(SELECT_LAST).fetchone()
        client.draw(count)
        until = time.monotonic() + deadline(POLL_TIMEOUT_S)
        while not connection.execute(ARE_LEASED, [last]).fetchone()[0] and time.monotonic() < until:
            continue
