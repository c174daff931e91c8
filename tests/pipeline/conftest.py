"""Users of a running site. Sign-ups are rate limited, so users are shared by all tests."""

from collections.abc import Iterator

import pytest

from tests.fixtures.site_process import SiteProcess
from tests.fixtures.socket_client import SocketClient
from tests.pipeline.user_sessions import UserSession


@pytest.fixture(scope="package")
def user_session(live_site: SiteProcess) -> UserSession:
    """A signed-in user."""
    return UserSession(live_site)


@pytest.fixture(scope="package")
def other_user_session(live_site: SiteProcess) -> UserSession:
    """Another user."""
    return UserSession(live_site)


@pytest.fixture
def socket_client(user_session: UserSession) -> Iterator[SocketClient]:
    """A socket of the user that has received `hello`."""
    with user_session.connect() as client:
        client.receive("hello")
        yield client
