"""Callers of the interface around training sets."""

import pytest

from recognizer.models import User
from tests.api.calling import Api
from tests.fixtures.cast import SignIn


@pytest.fixture
def chief(admin: User, sign_in: SignIn) -> Api:
    """An admin's program."""
    return Api(sign_in(admin))


@pytest.fixture
def mine(owner: User, sign_in: SignIn) -> Api:
    return Api(sign_in(owner))
