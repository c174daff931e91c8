"""The exit status of `python -m digitsite.process_healthcheck`."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.site_process import SiteProcess, find_free_port, wait_until

ROOT = Path(__file__).resolve().parent.parent.parent


def run_healthcheck(site: SiteProcess, check: str, **changes: str) -> int:
    environment = {**site.environment, **changes}
    del environment["DJANGO_SETTINGS_MODULE"]
    command = [sys.executable, "-m", "digitsite.process_healthcheck", check]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True).returncode


@pytest.mark.parametrize("check", ["/healthz", "/readyz", "worker"])
def test_running_site_is_healthy(live_site: SiteProcess, check: str) -> None:
    # Another test may have just killed one of its processes.
    wait_until(lambda: run_healthcheck(live_site, check) == 0, within_s=30, what=f"{check} passes")


@pytest.mark.parametrize("check", ["/healthz", "/readyz"])
def test_port_without_a_site_is_unhealthy(live_site: SiteProcess, check: str) -> None:
    assert run_healthcheck(live_site, check, PORT=str(find_free_port())) == 1


def test_site_without_a_worker_is_unhealthy(live_site: SiteProcess, tmp_path: Path) -> None:
    assert run_healthcheck(live_site, "worker", DIGITSITE_HOME=str(tmp_path)) == 1
