"""The web process is killed: with a thousand sockets open, and with drawings it has stored but not
sent to any worker.
"""

import os
import signal
import time
from collections import Counter

import pytest

from tests.faults.browsers import Browsers
from tests.faults.client import Client
from tests.faults.history import require_whole
from tests.faults.people import sign_in_many
from tests.faults.signals import frozen
from tests.fixtures.deadlines import deadline
from tests.fixtures.figures import Figure
from tests.fixtures.site_process import SiteProcess
from tests.way.talking import Person

pytestmark = pytest.mark.timeout(180)

SOCKETS = 1000
LEVEL_WITHIN_S = 10.0
STORED = 50


def test_a_thousand_sockets_come_back_and_see_what_is_stored(
    site: SiteProcess, print_figure: Figure
) -> None:
    """What was acknowledged is answered while nobody listens; what was not is sent again."""
    with Browsers(site, sign_in_many(site, SOCKETS)) as browsers:
        browsers.wait_until_open(within_s=60)
        browsers.draw()
        browsers.wait_until_answered(1, within_s=30)
        with frozen(site.pid("worker")):
            browsers.draw()
            browsers.wait_until_acknowledged(2, within_s=30)
            browsers.draw()
            os.kill(site.pid("web"), signal.SIGKILL)
            killed_at = time.monotonic()
        browsers.wait_until_lost(within_s=LEVEL_WITHIN_S)
        browsers.wait_until_open(within_s=LEVEL_WITHIN_S)
        open_s = time.monotonic() - killed_at
        browsers.wait_until_answered(3, within_s=LEVEL_WITHIN_S)
        level_s = time.monotonic() - killed_at
        require_whole(site.database, *browsers.histories)
    print_figure(f"{SOCKETS} sockets open again after {open_s:.1f} s, level after {level_s:.1f} s")
    assert level_s <= deadline(LEVEL_WITHIN_S)
    in_one_instant = max(Counter(wait // 10 for wait in browsers.waits_ms.values()).values())
    assert in_one_instant < SOCKETS / 5, "they all come back at once"


def test_what_was_stored_and_sent_to_no_worker_is_answered(
    site: SiteProcess, person: Person, print_figure: Figure
) -> None:
    with Client(person.talk) as client:
        with frozen(site.pid("broker")):
            client.draw(STORED)
            client.wait_for_queued()
            os.kill(site.pid("web"), signal.SIGKILL)
        site.wait_until_serving()
        back_at = time.monotonic()
        client.come_back()
        took_s = client.settle() - back_at
    assert len(require_whole(site.database, client.history)) == STORED
    print_figure(f"{STORED} of {STORED} answered {took_s:.1f} s after it was back")
    assert took_s <= deadline(LEVEL_WITHIN_S)
