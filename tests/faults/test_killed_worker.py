"""The worker is killed again and again while it reads: nothing is lost, nothing answered twice."""

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

KILLS = 5
BURST = 80
RESTART_TIMEOUT_S = 15.0
POLL_TIMEOUT_S = 0.5
COMPLETION_TIMEOUT_S = 6.0
LAST = "SELECT coalesce(max(rowid), 0) FROM recognizer_drawing"
HELD = """
SELECT count(*) > 10 FROM recognizer_drawing
WHERE rowid > ? AND status = 'queued' AND lease_until IS NOT NULL
"""


def test_five_kills_under_four_hundred_drawings_lose_nothing(
    site: SiteProcess, person: UserSession, print_metric: PrintMetric
) -> None:
    with RecordingClient(person.talk) as client:
        for _ in range(KILLS):
            _draw_until_worker_restarts(client, BURST // 4)
            _draw_until_worker_claims(client, BURST - BURST // 4, site.database)
            os.kill(site.pid("worker"), signal.SIGKILL)
            killed_at = time.monotonic()
        took_s = client.settle() - killed_at
    rows = assert_consistent(site.database, client.history)
    again = sum(row.attempts > 1 for row in rows)
    print_metric(f"all done {took_s:.1f} s after the last kill; {again} of {len(rows)} tried again")
    assert again > 0, "it was killed for nothing"
    assert took_s <= deadline(COMPLETION_TIMEOUT_S)


def _draw_until_worker_restarts(client: RecordingClient, count: int) -> None:
    refs = set(client.draw(count))

    def is_back() -> bool:
        client.listen(0.002)
        return not refs.isdisjoint(client.answered_after_s)

    wait_until(is_back, within_s=RESTART_TIMEOUT_S, what="the worker is back, and reads")


def _draw_until_worker_claims(client: RecordingClient, count: int, database: str) -> None:
    """It has claimed drawings of these, and has not stored their answers yet. That is soon over,
    and may be missed once."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        (last,) = connection.execute(LAST).fetchone()
        client.draw(count)
        until = time.monotonic() + deadline(POLL_TIMEOUT_S)
        while not connection.execute(HELD, [last]).fetchone()[0] and time.monotonic() < until:
            continue
