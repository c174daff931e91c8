"""People who talk with a running site. Signing up is limited by the minute, so they stay."""

from collections.abc import Iterator

import pytest

from tests.fixtures.site_process import SiteProcess
from tests.way.talking import Person, Talk


@pytest.fixture(scope="session")
def person(live_site: SiteProcess) -> Person:
    """Somebody signed in on the running site."""
    return Person(live_site)


@pytest.fixture(scope="session")
def stranger(live_site: SiteProcess) -> Person:
    """Somebody else."""
    return Person(live_site)


@pytest.fixture
def talk(person: Person) -> Iterator[Talk]:
    """A socket of the person, greeted."""
    with person.talk() as talking:
        talking.hear("hello")
        yield talking
