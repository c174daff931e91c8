"""Callers of the interface, and the running way behind it."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from recognizer import intake
from recognizer.models import User
from tests.api.calling import Api
from tests.api.listening import Listener
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.cast import SignIn


@pytest.fixture
def mine(owner: User, sign_in: SignIn) -> Api:
    return Api(sign_in(owner))


@pytest.fixture
def theirs(outsider: User, sign_in: SignIn) -> Api:
    return Api(sign_in(outsider))


@pytest.fixture
def nobody(anonymous: Client) -> Api:
    return Api(anonymous)


@pytest.fixture(autouse=True)
def no_earlier_tries(request: pytest.FixtureRequest) -> None:
    """What was tried in another test does not count towards a limit. The database counts; without
    one there is nothing to forget."""
    if "db" in request.fixturenames:
        request.getfixturevalue("db")
        cache.clear()


@pytest.fixture
def way(transactional_db: None, valkey: BrokerProcess) -> Iterator[None]:
    """The real intake with its threads, and a broker; no worker."""
    yield
    intake.close()


@pytest.fixture
def listener(valkey: BrokerProcess) -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.stop()
