"""The broker is killed, or hangs: drawing goes on, and all is answered when it is back."""

import os
import shutil
import signal
import time
from statistics import quantiles

import pytest
import redis

from digitsite.broker import find_broker
from digitsite.home import broker_socket
from tests.faults.client import Client
from tests.faults.history import require_whole
from tests.faults.signals import frozen
from tests.fixtures.deadlines import deadline
from tests.fixtures.figures import Figure
from tests.fixtures.site_process import SiteProcess
from tests.way.talking import Person

pytestmark = pytest.mark.timeout(180)

WAITING = 500
FROZEN_S = 30.0
ALL_DONE_WITHIN_S = 6.0
EVERY_S = 0.1


def test_killed_with_five_hundred_waiting_and_nothing_on_disk_it_loses_nothing(
    site: SiteProcess, person: Person, print_figure: Figure
) -> None:
    with Client(person.talk) as client:
        _keep_nothing_on_disk(site)
        with frozen(site.pid("worker")):
            client.draw(WAITING)
            client.wait_for_queued()
            os.kill(site.pid("broker"), signal.SIGKILL)
            more = client.draw(20)  # while it is away
            client.wait_for_queued()
            site.wait_until_serving()
        back_at = time.monotonic()
        took_s = client.settle() - back_at
    require_whole(site.database, client.history)
    print_figure(f"all done {took_s:.1f} s after it was back; {_latencies(client, more)}")
    assert took_s <= deadline(ALL_DONE_WITHIN_S)


def test_frozen_for_half_a_minute_it_keeps_nobody_from_drawing(
    site: SiteProcess, person: Person, print_figure: Figure
) -> None:
    with Client(person.talk) as client:
        client.draw()
        client.settle()
        with frozen(site.pid("broker")):
            until, refs = time.monotonic() + FROZEN_S, []
            while time.monotonic() < until:
                refs += client.draw()
                client.listen(EVERY_S)
            client.wait_for_queued(within_s=1)
        back_at = time.monotonic()
        took_s = client.settle() - back_at
    require_whole(site.database, client.history)
    figures = _latencies(client, refs)
    print_figure(f"{len(refs)} drawings; {figures}; all done {took_s:.1f} s after its return")
    assert max(client.acknowledged_after_s[ref] for ref in refs) < deadline(1)
    assert took_s <= deadline(ALL_DONE_WITHIN_S)


def _keep_nothing_on_disk(site: SiteProcess) -> None:
    """What is queued from now on is in the broker's memory alone."""
    with redis.Redis(unix_socket_path=str(broker_socket(site.home))) as client:
        client.config_set("appendonly", "no")
    shutil.rmtree(site.home / "broker" / find_broker().name / "appendonlydir")


def _latencies(client: Client, refs: list[str]) -> str:
    took_ms = [1000 * client.acknowledged_after_s[ref] for ref in refs]
    cuts = quantiles(took_ms, n=100)
    return f"stored in p50 {cuts[49]:.1f}, p99 {cuts[98]:.1f}, at most {max(took_ms):.1f} ms"
