"""A web process in the test process, and clients of the fixed users."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as site_settings
from pytest_django.fixtures import Settings

from recognizer import ingest
from recognizer.models import User
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.socket_client import SocketClient
from tests.fixtures.users import SignIn
from tests.security.web_process import WebProcess

Cookie = Callable[[User], str]


@pytest.fixture
def web(transactional_db: None, valkey: BrokerProcess, settings: Settings) -> Iterator[WebProcess]:
    """The web process with database and broker but no worker, so drawings stay queued."""
    web = WebProcess()
    settings.ORIGINS = [web.origin]
    web.start()
    yield web
    web.stop()
    ingest.close()


@pytest.fixture
def cookie(sign_in: SignIn) -> Cookie:
    """Return a function that signs a user in and returns the session cookie."""

    def of(user: User) -> str:
        name = site_settings.SESSION_COOKIE_NAME
        return f"{name}={sign_in(user).cookies[name].value}"

    return of


@pytest.fixture
def socket_client(web: WebProcess, owner: User, cookie: Cookie) -> Iterator[SocketClient]:
    """A socket of the owner that has received `hello`."""
    with web.connect(cookie(owner)) as client:
        client.receive("hello")
        yield client
