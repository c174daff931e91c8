"""The web process is killed: with a thousand sockets open, and with drawings it has stored but not
sent to any worker.
"""

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

SOCKETS = 1000
RESYNC_TIMEOUT_S = 10.0
STORED = 50


def test_a_thousand_sockets_come_back_and_see_what_is_stored(
    site: SiteProcess, print_metric: PrintMetric
) -> None:
    """What was acknowledged is answered while nobody listens; what was not is sent again."""
    with Browsers(site, create_sessions(site, SOCKETS)) as browsers:
        browsers.wait_until_open(within_s=60)
        browsers.draw()
        browsers.wait_until_answered(1, within_s=30)
        with suspend_process(site.pid("worker")):
            browsers.draw()
            browsers.wait_until_acknowledged(2, within_s=30)
            browsers.draw()
            os.kill(site.pid("web"), signal.SIGKILL)
            killed_at = time.monotonic()
        browsers.wait_until_lost(within_s=RESYNC_TIMEOUT_S)
        browsers.wait_until_open(within_s=RESYNC_TIMEOUT_S)
        open_s = time.monotonic() - killed_at
        browsers.wait_until_answered(3, within_s=RESYNC_TIMEOUT_S)
        level_s = time.monotonic() - killed_at
        assert_consistent(site.database, *browsers.histories)
    print_metric(f"{SOCKETS} sockets open again after {open_s:.1f} s, level after {level_s:.1f} s")
    assert level_s <= deadline(RESYNC_TIMEOUT_S)
    in_one_instant = max(Counter(wait // 10 for wait in browsers.waits_ms.values()).values())
    assert in_one_instant < SOCKETS / 5, "they all come back at once"


def test_what_was_stored_and_sent_to_no_worker_is_answered(
    site: SiteProcess, person: UserSession, print_metric: PrintMetric
) -> None:
    with RecordingClient(person.talk) as client:
        with suspend_process(site.pid("broker")):
            client.draw(STORED)
            client.wait_until_queued()
            os.kill(site.pid("web"), signal.SIGKILL)
        site.wait_until_serving()
        back_at = time.monotonic()
        client.reconnect()
        took_s = client.settle() - back_at
    assert len(assert_consistent(site.database, client.history)) == STORED
    print_metric(f"{STORED} of {STORED} answered {took_s:.1f} s after it was back")
    assert took_s <= deadline(RESYNC_TIMEOUT_S)
