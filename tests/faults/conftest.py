"""What is broken here is each test's own: processes, broker and database on a port nobody had."""

from collections.abc import Iterator

import pytest

from tests.fixtures.site import FAR_AWAY
from tests.fixtures.site_process import SiteProcess
from tests.scale.spread import Spread, run_spread
from tests.way.talking import Person


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteProcess]:
    """The whole site on one machine, with limits that these tests do not reach."""
    site = SiteProcess(tmp_path_factory.mktemp("fault") / "home", settings=FAR_AWAY)
    try:
        yield site.start_and_wait()
    finally:
        site.remove()


@pytest.fixture
def spread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spread]:
    with run_spread(tmp_path_factory) as running:
        yield running


@pytest.fixture
def person(site: SiteProcess) -> Person:
    return Person(site)
