"""People who talk with a running site. Signing up is limited by the minute, so they stay."""

from collections.abc import Iterator

import pytest

from tests.fixtures.site_process import SiteProcess
from tests.fixtures.socket_client import SocketClient
from tests.pipeline.user_sessions import UserSession

UNLIMITED = {
    "DRAWINGS_PER_MINUTE": "100000",
    "DRAWINGS_BURST": "10000",
    "MAX_PENDING_DRAWINGS": "10000",
}


@pytest.fixture(scope="package")
def unlimited_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteProcess]:
    """The whole site, with limits that these tests do not reach."""
    site = SiteProcess(tmp_path_factory.mktemp("roomy") / "home", settings=UNLIMITED)
    site.start_and_wait()
    yield site
    site.remove()


@pytest.fixture(scope="package")
def user_session(unlimited_site: SiteProcess) -> UserSession:
    """Somebody signed in on the running site."""
    return UserSession(unlimited_site)


@pytest.fixture(scope="package")
def other_user_session(unlimited_site: SiteProcess) -> UserSession:
    """Somebody else."""
    return UserSession(unlimited_site)


@pytest.fixture
def talk(user_session: UserSession) -> Iterator[SocketClient]:
    """A socket of the person, greeted."""
    with user_session.talk() as talking:
        talking.hear("hello")
        yield talking
