"""Processes of a stopped or killed site.

SIGINT to the launcher alone ends the shared site (tests/fixtures/live_site.py). Ctrl-C in a
terminal ends the site of tests/browser/test_first_use.py.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from digitsite.launcher.parent_death import PARENT_PID_ENV
from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import SiteProcess, wait_until

STOP_TIMEOUT_S = 15.0


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SiteProcess]:
    site = SiteProcess(tmp_path / "home")
    yield site
    site.remove()


def wait_until_stopped(site: SiteProcess) -> None:
    wait_until(
        lambda: site.left_behind() == [],
        within_s=STOP_TIMEOUT_S,
        what=lambda: f"all processes end\n{site.left_behind()}",
    )


def test_sigterm_to_the_launcher_stops_the_site(site: SiteProcess) -> None:
    site.start_and_wait()
    assert len(site.left_behind()) >= 6
    assert site.stop(signal.SIGTERM) == 0
    assert site.left_behind() == []


def test_signal_during_the_start_stops_the_site(site: SiteProcess) -> None:
    site.start()
    wait_until(lambda: "Starting" in site.output, within_s=30, what="it prints Starting")
    assert site.stop() == 0
    assert site.left_behind() == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_signal_to_make_alone_stops_the_site(site: SiteProcess, how: signal.Signals) -> None:
    site.start(["make", "run"])
    site.wait_until_ready()
    site.stop(how)
    assert site.left_behind() == []


def test_site_runs_in_the_background_of_a_script(site: SiteProcess) -> None:
    site.start(["sh", "-c", "make run & wait $!"])
    site.wait_until_ready()


def test_killed_launcher_stops_the_site(site: SiteProcess) -> None:
    site.start_and_wait()
    site.process.kill()
    wait_until_stopped(site)


def test_killed_supervisord_stops_the_site(site: SiteProcess) -> None:
    site.start_and_wait()
    (supervisord,) = psutil.Process(site.process.pid).children()
    supervisord.kill()
    assert site.process.wait(deadline(10)) == 1
    wait_until_stopped(site)


def test_program_ends_if_its_parent_is_already_dead() -> None:
    parent = subprocess.Popen([sys.executable, "-c", ""])
    parent.wait()
    orphan = subprocess.run(
        [sys.executable, "-m", "digitsite.launcher.parent_death", "http.server", "0"],
        env={**os.environ, PARENT_PID_ENV: str(parent.pid)},
        timeout=deadline(STOP_TIMEOUT_S),
        check=False,
    )
    assert orphan.returncode == -signal.SIGTERM
