"""The API of webhooks: fields, refusals, the secret, the log."""

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from recognizer.models import AuditEvent, User, Webhook
from recognizer.webhooks.registry import NewSecret, send_test, update_webhook
from tests.api.api_client import ApiClient, problem_code
from tests.fixtures.users import SignIn
from tests.webhooks.conftest import deliver_due
from tests.webhooks.receiver import Receiver

GIVEN = {"url": "https://example.org/hook", "name": "a tool", "events": ["model.promoted"]}


@pytest.fixture
def api(admin: User, sign_in: SignIn) -> ApiClient:
    return ApiClient(sign_in(admin))


def test_shows_the_secret_once(api: ApiClient) -> None:
    created = api.post("webhooks/", GIVEN).json()
    assert created["secret"].startswith("whsec_")
    path = f"webhooks/{created['id']}/"
    assert "secret" not in api.get(path).json()
    assert "secret" not in api.get("webhooks/").json()["results"][0]
    rotated = api.post(f"{path}rotate/").json()
    assert rotated["secret"] not in (created["secret"], "")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "http://example.org/"}, "url"),
        ({"url": "x" * 501}, "url"),
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"events": []}, "events"),
        ({"events": ["webhook.test"]}, "events"),
        ({"events": "model.promoted"}, "events"),
        ({"owner": 1}, "owner"),
    ],
)
def test_names_the_invalid_field(api: ApiClient, changed: dict[str, Any], field: str) -> None:
    response = api.post("webhooks/", {**GIVEN, **changed})
    assert problem_code(response) == (400, "invalid")
    assert list(response.json()["errors"]) == [field]
    assert not Webhook.objects.exists()


def test_changes_only_the_given_fields(api: ApiClient) -> None:
    path = f"webhooks/{api.post('webhooks/', GIVEN).json()['id']}/"
    changed = api.patch(path, {"is_enabled": False, "name": "another"}).json()
    assert (changed["name"], changed["url"]) == ("another", GIVEN["url"])
    assert (changed["is_enabled"], changed["disabled_reason"]) == (False, "admin")
    assert problem_code(api.post(f"{path}test/")) == (409, "webhook_disabled")
    assert api.patch(path, {"is_enabled": True}).json()["disabled_reason"] is None
    assert api.delete(path).status_code == 204
    assert problem_code(api.get(path)) == (404, "not_found")


def test_a_change_keeps_what_others_change_at_the_same_moment(new: NewSecret, admin: User) -> None:
    Webhook.objects.update(disabled_reason="failing", secret="another")
    update_webhook(new.webhook, by=admin, name="renamed")
    stored = Webhook.objects.get()
    assert (stored.name, stored.disabled_reason, stored.secret) == ("renamed", "failing", "another")


def test_limits_the_number(api: ApiClient, settings: Settings) -> None:
    settings.WEBHOOKS_MAX = 1
    assert api.post("webhooks/", GIVEN).status_code == 201
    assert problem_code(api.post("webhooks/", GIVEN)) == (409, "too_many_webhooks")


def test_shows_the_log_and_replays(
    api: ApiClient, admin: User, new: NewSecret, receiver: Receiver
) -> None:
    receiver.status, receiver.response = 500, b"out of memory"
    for _ in range(3):
        send_test(new.webhook)
    deliver_due()
    path = f"webhooks/{new.webhook.pk}/deliveries/"
    first = api.get(path, limit=2).json()
    (last,) = api.client.get(first["next"]).json()["results"]
    assert len({one["id"] for one in [*first["results"], last]}) == 3
    assert (last["status"], last["response"]) == ("waiting", "out of memory")
    assert (last["attempts"][0]["status"], last["attempts"][0]["error"]) == (500, "status")
    assert last["body"]["type"] == "webhook.test"
    receiver.status = 200
    replayed = api.post(f"{path}{last['id']}/replay/")
    assert (replayed.status_code, replayed.json()["id"]) == (202, last["id"])
    deliver_due()
    assert receiver.received[-1].headers["webhook-id"] == last["id"]
    other = f"webhooks/{api.post('webhooks/', GIVEN).json()['id']}/deliveries/"
    assert problem_code(api.post(f"{other}{last['id']}/replay/")) == (404, "not_found")


def test_records_changes_in_the_audit_log(api: ApiClient, admin: User) -> None:
    path = f"webhooks/{api.post('webhooks/', GIVEN).json()['id']}/"
    api.patch(path, {"name": "another"})
    api.post(f"{path}rotate/")
    api.delete(path)
    events = AuditEvent.objects.filter(action__startswith="webhook_").order_by("id")
    assert {event.actor for event in events} == {admin}
    names = ["created", "changed", "secret_rotated", "deleted"]
    assert [event.action for event in events] == [f"webhook_{name}" for name in names]
