"""Restart of killed processes."""

import os
import signal

import psutil
import pytest

from digitsite.embedded_valkey import find_bundled_broker
from tests.fixtures.site_process import PROGRAMS, SiteProcess, wait_until

RESTART_TIMEOUT_S = 2.0


def kill_and_wait(site: SiteProcess, program: str) -> None:
    """Kill a process and wait for its restart."""
    before = site.pid(program)
    os.kill(before, signal.SIGKILL)
    wait_until(
        lambda: site.pid(program) != before,
        within_s=RESTART_TIMEOUT_S,
        what=lambda: f"{program} restarts\n{site.log('supervisor')}",
    )


@pytest.mark.parametrize("program", PROGRAMS)
def test_restarts_a_killed_process_within_two_seconds(live_site: SiteProcess, program: str) -> None:
    before = live_site.pids()
    kill_and_wait(live_site, program)
    after = live_site.pids()
    assert {name for name in PROGRAMS if after[name] != before[name]} == {program}
    live_site.wait_until_serving()


def test_console_shows_the_exit_of_a_process(live_site: SiteProcess) -> None:
    kill_and_wait(live_site, "sweep")
    wait_until(
        lambda: "exited: sweep (terminated by SIGKILL" in live_site.output,
        within_s=10,
        what=lambda: live_site.output,
    )


def test_private_broker_is_the_bundled_valkey(live_site: SiteProcess) -> None:
    bundled = find_bundled_broker()
    assert bundled
    assert psutil.Process(live_site.pid("broker")).exe() == str(bundled.resolve())
