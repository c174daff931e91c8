"""`python -m digitsite.healthcheck` says by its exit status what containers and people ask."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.site_process import SiteProcess, find_free_port, wait_until

ROOT = Path(__file__).resolve().parent.parent.parent


def run_healthcheck(site: SiteProcess, about: str, **changes: str) -> int:
    environment = {**site.environment, **changes}
    del environment["DJANGO_SETTINGS_MODULE"]
    command = [sys.executable, "-m", "digitsite.healthcheck", about]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True).returncode


@pytest.mark.parametrize("about", ["/healthz", "/readyz", "worker"])
def test_a_site_that_runs_is_ready(live_site: SiteProcess, about: str) -> None:
    # Another test may have killed one of its processes a moment ago.
    wait_until(lambda: run_healthcheck(live_site, about) == 0, within_s=30, what=f"{about} is so")


@pytest.mark.parametrize("about", ["/healthz", "/readyz"])
def test_a_port_without_a_site_is_not(live_site: SiteProcess, about: str) -> None:
    assert run_healthcheck(live_site, about, PORT=str(find_free_port())) == 1


def test_a_home_without_a_worker_has_none(live_site: SiteProcess, tmp_path: Path) -> None:
    assert run_healthcheck(live_site, "worker", DIGITSITE_HOME=str(tmp_path)) == 1
