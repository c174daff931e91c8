"""When the database is away: 503 with Retry-After, never 500."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from tests.api.api_client import ApiClient, problem_code
from tests.api.factories import STROKES

pytestmark = pytest.mark.django_db


@pytest.fixture
def unavailable_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr(connection, "cursor", away)


@pytest.fixture
def client() -> Client:
    """A browser that shows what the site answers to an exception."""
    return Client(raise_request_exception=False)


@pytest.mark.usefixtures("unavailable_database")
def test_the_interface_says_so_as_a_problem(client: Client) -> None:
    response = client.get("/api/v1/me/", headers={"Authorization": "Token ds_key"})
    assert problem_code(response) == (503, "unavailable")
    assert response["Retry-After"] == "2"


@pytest.mark.usefixtures("unavailable_database")
def test_a_page_says_so_in_words(client: Client) -> None:
    client.cookies["sessionid"] = "abcdefghijklmnopqrstuvwxyz012345"
    response = client.get("/admin/")
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert 'data-error="unavailable"' in response.content.decode()


@pytest.mark.usefixtures("pipeline")
@pytest.mark.parametrize(
    ("path", "body"),
    [("drawings/", {"strokes": STROKES}), ("drawings/batch/", [{"strokes": STROKES}] * 2)],
    ids=["one", "batch"],
)
def test_a_drawing_that_cannot_be_written_is_asked_for_again(
    owner_api: ApiClient, monkeypatch: pytest.MonkeyPatch, path: str, body: Any
) -> None:
    def away(*_: Any) -> None:
        raise OperationalError("the database is away")

    with monkeypatch.context() as outage:
        outage.setattr("recognizer.ingest.batch_writer.store_batch", away)
        refused = owner_api.post(path, body)
    assert problem_code(refused) == (503, "unavailable")
    assert int(refused["Retry-After"]) >= 1
    assert owner_api.post(path, body).status_code == 202


def test_what_nobody_foresaw_stays_a_500(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("recognizer.accounts.tokens.ApiToken.objects.filter", broken)
    response = client.get("/api/v1/me/", headers={"Authorization": "Token ds_key"})
    assert response.status_code == 500
    assert 'data-error="internal_error"' in response.content.decode()
