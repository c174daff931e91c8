"""Fixtures of fault tests. Each test has its own processes, broker, database and port."""

from collections.abc import Iterator

import pytest

from tests.fixtures.live_site import UNLIMITED
from tests.fixtures.site_process import SiteProcess
from tests.pipeline.user_sessions import UserSession
from tests.scale.multi_machine_site import MultiMachineSite, run_multi_machine_site


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteProcess]:
    """The whole site on one machine, with limits that these tests do not reach."""
    site = SiteProcess(tmp_path_factory.mktemp("fault") / "home", settings=UNLIMITED)
    try:
        yield site.start_and_wait()
    finally:
        site.remove()


@pytest.fixture
def multi_machine_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MultiMachineSite]:
    with run_multi_machine_site(tmp_path_factory) as running:
        yield running


@pytest.fixture
def user_session(site: SiteProcess) -> UserSession:
    return UserSession(site)
