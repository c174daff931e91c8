"""Limits of what users and the site store."""

import pytest
from pytest_django.fixtures import Settings

from recognizer.drawings import site_storage
from recognizer.models import Drawing, User
from tests.api.api_client import ApiClient, problem_code
from tests.fixtures.socket_client import STROKES, SocketClient
from tests.fixtures.users import SignIn


def test_a_user_stores_a_limited_number_of_bytes_per_day(
    socket_client: SocketClient, owner: User, sign_in: SignIn, settings: Settings
) -> None:
    api = ApiClient(sign_in(owner))
    assert api.post("drawings/", {"strokes": STROKES}).status_code == 202
    settings.STORED_BYTES_PER_DAY = 10
    response = api.post("drawings/", {"strokes": STROKES})
    assert problem_code(response) == (429, "rate_limited")
    assert int(response["Retry-After"]) > 600
    socket_client.draw()
    assert socket_client.receive("error", "queued")["code"] == "rate_limited"
    assert Drawing.objects.count() == 1


def test_a_full_site_refuses_drawings(
    socket_client: SocketClient,
    owner: User,
    sign_in: SignIn,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert site_storage.measure_site_storage() > 0
    api = ApiClient(sign_in(owner))
    settings.SITE_MAX_STORED_BYTES = 1
    assert problem_code(api.post("drawings/", {"strokes": STROKES})) == (503, "unavailable")
    socket_client.draw()
    assert socket_client.receive("error", "queued")["code"] == "unavailable"
    assert not Drawing.objects.exists()
