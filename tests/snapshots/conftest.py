"""API clients of an admin and an owner."""

import pytest

from recognizer.models import User
from tests.api.api_client import ApiClient
from tests.fixtures.users import SignIn


@pytest.fixture
def admin_api(admin: User, sign_in: SignIn) -> ApiClient:
    return ApiClient(sign_in(admin))


@pytest.fixture
def owner_api(owner: User, sign_in: SignIn) -> ApiClient:
    return ApiClient(sign_in(owner))
