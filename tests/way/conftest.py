"""People who talk with a running site. Signing up is limited by the minute, so they stay."""

from collections.abc import Iterator

import pytest

from tests.fixtures.site_process import SiteProcess
from tests.fixtures.talk import Talk
from tests.way.talking import Person

ROOMY = {"DRAWINGS_PER_MINUTE": "100000", "DRAWINGS_BURST": "10000", "DRAWINGS_QUEUED": "10000"}


@pytest.fixture(scope="package")
def roomy_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteProcess]:
    """The whole site, with limits that these tests do not reach."""
    site = SiteProcess(tmp_path_factory.mktemp("roomy") / "home", settings=ROOMY)
    site.start_and_wait()
    yield site
    site.remove()


@pytest.fixture(scope="package")
def person(roomy_site: SiteProcess) -> Person:
    """Somebody signed in on the running site."""
    return Person(roomy_site)


@pytest.fixture(scope="package")
def stranger(roomy_site: SiteProcess) -> Person:
    """Somebody else."""
    return Person(roomy_site)


@pytest.fixture
def talk(person: Person) -> Iterator[Talk]:
    """A socket of the person, greeted."""
    with person.talk() as talking:
        talking.hear("hello")
        yield talking
