"""Users of a running site. Sign-ups are rate limited, so users are shared by all tests."""

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
    """The site with high limits."""
    site = SiteProcess(tmp_path_factory.mktemp("roomy") / "home", settings=UNLIMITED)
    site.start_and_wait()
    yield site
    site.remove()


@pytest.fixture(scope="package")
def user_session(unlimited_site: SiteProcess) -> UserSession:
    """A signed-in user."""
    return UserSession(unlimited_site)


@pytest.fixture(scope="package")
def other_user_session(unlimited_site: SiteProcess) -> UserSession:
    """Another user."""
    return UserSession(unlimited_site)


@pytest.fixture
def socket_client(user_session: UserSession) -> Iterator[SocketClient]:
    """A socket of the user that has received `hello`."""
    with user_session.connect() as client:
        client.receive("hello")
        yield client
