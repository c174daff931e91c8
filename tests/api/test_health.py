"""/healthz, /readyz and /metrics."""

from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from pytest_django.fixtures import Settings

from recognizer.accounts.api_tokens import create_token
from recognizer.models import User
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.users import SignIn


def _raise_unavailable(*_: Any, **__: Any) -> None:
    raise DatabaseError("unavailable")


def test_healthz_needs_no_other_service(anonymous: Client) -> None:
    response = anonymous.get("/healthz")  # no database: the test may not touch one
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_health_checks_are_not_redirected_to_https(
    anonymous: Client, valkey: BrokerProcess, settings: Settings, path: str
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert anonymous.get("/").status_code == 301
    assert anonymous.get(path).status_code in (200, 401)


@pytest.mark.django_db
def test_readyz_succeeds_with_all_services(anonymous: Client, valkey: BrokerProcess) -> None:
    assert anonymous.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_reports_an_unavailable_broker(anonymous: Client, valkey: BrokerProcess) -> None:
    valkey.stop()
    response = anonymous.get("/readyz")
    assert (response.status_code, response.json()["missing"]) == (503, ["broker"])


@pytest.fixture(autouse=True)
def unchecked_migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has not checked the migrations yet."""
    monkeypatch.setattr("recognizer.api.health_and_metrics._are_applied", False)


@pytest.mark.django_db
def test_checks_migrations_until_they_are_applied(
    anonymous: Client, valkey: BrokerProcess, django_assert_max_num_queries: Any
) -> None:
    anonymous.get("/readyz")
    with django_assert_max_num_queries(1):
        assert anonymous.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_reports_missing_migrations(anonymous: Client, valkey: BrokerProcess) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'recognizer'")
    response = anonymous.get("/readyz")
    assert (response.status_code, response.json()["missing"]) == (503, ["migrations"])


def test_reports_an_unavailable_database(
    anonymous: Client, valkey: BrokerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "cursor", _raise_unavailable)
    response = anonymous.get("/readyz")
    assert response.status_code == 503
    assert "database" in response.json()["missing"]


@pytest.mark.django_db
def test_metrics_need_the_admin_role_or_the_metrics_token(
    anonymous: Client,
    owner: User,
    reviewer: User,
    admin: User,
    sign_in: SignIn,
    settings: Settings,
) -> None:
    settings.METRICS_TOKEN = "a-long-token"
    statuses = [sign_in(user).get("/metrics").status_code for user in (owner, reviewer, admin)]
    assert statuses == [403, 403, 200]
    refused = anonymous.get("/metrics")
    assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Bearer")
    wrong = anonymous.get("/metrics", headers={"Authorization": "Bearer another"})
    assert wrong.status_code == 401
    right = anonymous.get("/metrics", headers={"Authorization": "Bearer a-long-token"})
    assert right.status_code == 200
    assert "digitsite_batch_size" in right.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["Token", "Bearer"])
def test_api_token_of_an_admin_gives_access_to_metrics(
    anonymous: Client, owner: User, admin: User, word: str
) -> None:
    statuses = [
        anonymous.get("/metrics", headers={"Authorization": f"{word} {key}"}).status_code
        for key in (*(create_token(user=user, name="it").key for user in (owner, admin)), "made-up")
    ]
    assert statuses == [403, 200, 401]


@pytest.mark.django_db
def test_empty_metrics_token_gives_no_access(anonymous: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    response = anonymous.get("/metrics", headers={"Authorization": "Bearer "})
    assert response.status_code == 401
