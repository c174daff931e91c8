"""API clients, and the pipeline behind the API."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from recognizer import ingest
from recognizer.models import User
from tests.api.api_client import ApiClient
from tests.api.event_listener import EventListener
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.users import SignIn


@pytest.fixture
def owner_api(owner: User, sign_in: SignIn) -> ApiClient:
    return ApiClient(sign_in(owner))


@pytest.fixture
def outsider_api(outsider: User, sign_in: SignIn) -> ApiClient:
    return ApiClient(sign_in(outsider))


@pytest.fixture
def anonymous_api(anonymous: Client) -> ApiClient:
    return ApiClient(anonymous)


@pytest.fixture(autouse=True)
def reset_login_attempts(request: pytest.FixtureRequest) -> None:
    """Reset the attempts of other tests. They are counted in the database."""
    if "db" in request.fixturenames:
        request.getfixturevalue("db")
        cache.clear()


@pytest.fixture
def pipeline(transactional_db: None, valkey: BrokerProcess) -> Iterator[None]:
    """The real ingest pipeline with its threads and a broker, without a worker."""
    yield
    ingest.close()


@pytest.fixture
def event_listener(valkey: BrokerProcess, owner: User) -> Iterator[EventListener]:
    listening = EventListener(owner.pk)
    yield listening
    listening.stop()
