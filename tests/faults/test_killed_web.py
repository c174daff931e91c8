"""A killed web process with a thousand open sockets, or with stored drawings not yet sent."""

import os
import signal
import time
from collections import Counter

import pytest

from tests.faults.harness.browsers import Browsers
from tests.faults.harness.history_checker import assert_consistent
from tests.faults.harness.process_signals import suspend_process
from tests.faults.harness.recording_client import RecordingClient
from tests.faults.harness.signed_in_users import create_sessions
from tests.fixtures.deadlines import deadline
from tests.fixtures.metrics import PrintMetric
from tests.fixtures.site_process import SiteProcess
from tests.pipeline.user_sessions import UserSession

pytestmark = pytest.mark.timeout(180)

NUM_SOCKETS = 1000
RESYNC_TIMEOUT_S = 10.0
NUM_STORED = 50


def test_thousand_sockets_reconnect_and_resume(
    site: SiteProcess, print_metric: PrintMetric
) -> None:
    """Acknowledged drawings are recognized meanwhile; unacknowledged ones are sent again."""
    with Browsers(site, create_sessions(site, NUM_SOCKETS)) as browsers:
        browsers.wait_until_open(within_s=60)
        browsers.draw()
        browsers.wait_until_predicted(1, within_s=30)
        with suspend_process(site.pid("worker")):
            browsers.draw()
            browsers.wait_until_acknowledged(2, within_s=30)
            browsers.draw()
            os.kill(site.pid("web"), signal.SIGKILL)
            killed_at = time.monotonic()
        browsers.wait_until_lost(within_s=RESYNC_TIMEOUT_S)
        browsers.wait_until_open(within_s=RESYNC_TIMEOUT_S)
        open_s = time.monotonic() - killed_at
        browsers.wait_until_predicted(3, within_s=RESYNC_TIMEOUT_S)
        in_sync_s = time.monotonic() - killed_at
        assert_consistent(site.database, *browsers.histories)
    print_metric(
        f"{NUM_SOCKETS} sockets open again after {open_s:.1f} s, in sync after {in_sync_s:.1f} s"
    )
    assert in_sync_s <= deadline(RESYNC_TIMEOUT_S)
    most_simultaneous = max(Counter(wait // 10 for wait in browsers.waits_ms.values()).values())
    assert most_simultaneous < NUM_SOCKETS / 5, "too many reconnect at the same time"


def test_stored_drawing_that_was_not_sent_is_recognized(
    site: SiteProcess, user_session: UserSession, print_metric: PrintMetric
) -> None:
    with RecordingClient(user_session.connect) as client:
        with suspend_process(site.pid("broker")):
            client.draw(NUM_STORED)
            client.wait_until_queued()
            os.kill(site.pid("web"), signal.SIGKILL)
        site.wait_until_serving()
        back_at = time.monotonic()
        client.reconnect()
        took_s = client.wait_until_complete() - back_at
    assert len(assert_consistent(site.database, client.history)) == NUM_STORED
    print_metric(f"{NUM_STORED} recognized {took_s:.1f} s after the restart")
    assert took_s <= deadline(RESYNC_TIMEOUT_S)
