"""What ends is started again, and the others do not notice."""

import os
import signal

import psutil
import pytest

from digitsite.broker import bundled_broker
from tests.fixtures.site_process import PROGRAMS, SiteProcess, wait_until

BACK_WITHIN_S = 2.0


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_killed_process_is_back_within_two_seconds(live_site: SiteProcess, program: str) -> None:
    before = live_site.pids()
    os.kill(before[program], signal.SIGKILL)
    took = wait_until(
        lambda: (
            live_site.pid(program) != before[program] and psutil.pid_exists(live_site.pid(program))
        ),
        within_s=BACK_WITHIN_S,
        what=lambda: live_site.log("supervisor"),
    )
    assert took < BACK_WITHIN_S
    after = live_site.pids()
    assert {name for name in PROGRAMS if after[name] != before[name]} == {program}
    live_site.wait_until_serving()


def test_the_console_says_what_ended_and_that_it_is_back(live_site: SiteProcess) -> None:
    os.kill(live_site.pid("sweep"), signal.SIGKILL)
    wait_until(
        lambda: (
            f"sweep is back (process {live_site.pid('sweep')})" in live_site.output
            or "sweep has ended" in live_site.output
        ),
        within_s=10,
        what=lambda: live_site.output,
    )


def test_the_private_broker_is_the_wheels(live_site: SiteProcess) -> None:
    assert psutil.Process(live_site.pid("broker")).exe() == str(bundled_broker())
