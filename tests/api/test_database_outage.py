"""An unavailable database: 503 with Retry-After, never 500."""

from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client

from tests.api.api_client import ApiClient, problem_code
from tests.api.factories import STROKES

pytestmark = pytest.mark.django_db


@pytest.fixture
def unavailable_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_unavailable(*_: Any, **__: Any) -> None:
        raise OperationalError("the database is unavailable")

    monkeypatch.setattr(connection, "cursor", raise_unavailable)


@pytest.fixture
def client() -> Client:
    """A client that returns the response to an exception."""
    return Client(raise_request_exception=False)


@pytest.mark.usefixtures("unavailable_database")
def test_api_returns_a_problem_document(client: Client) -> None:
    response = client.get("/api/v1/me/", headers={"Authorization": "Token ds_key"})
    assert problem_code(response) == (503, "unavailable")
    assert response["Retry-After"] == "2"


@pytest.mark.usefixtures("unavailable_database")
def test_page_request_returns_an_error_page(client: Client) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = "abcdefghijklmnopqrstuvwxyz012345"
    response = client.get("/admin/")
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert 'data-error="unavailable"' in response.content.decode()


@pytest.mark.usefixtures("pipeline")
@pytest.mark.parametrize(
    ("path", "body"),
    [("drawings/", {"strokes": STROKES}), ("drawings/batch/", [{"strokes": STROKES}] * 2)],
    ids=["one", "batch"],
)
def test_failed_write_of_a_drawing_can_be_retried(
    owner_api: ApiClient, monkeypatch: pytest.MonkeyPatch, path: str, body: Any
) -> None:
    def raise_unavailable(*_: Any) -> None:
        raise OperationalError("the database is unavailable")

    with monkeypatch.context() as outage:
        outage.setattr("recognizer.ingest.batch_writer.store_batch", raise_unavailable)
        refused = owner_api.post(path, body)
    assert problem_code(refused) == (503, "unavailable")
    assert int(refused["Retry-After"]) >= 1
    assert owner_api.post(path, body).status_code == 202


def test_unexpected_exception_is_a_500(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("recognizer.accounts.api_tokens.ApiToken.objects.filter", broken)
    response = client.get("/api/v1/me/", headers={"Authorization": "Token ds_key"})
    assert problem_code(response) == (500, "internal_error")
