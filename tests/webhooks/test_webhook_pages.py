"""The pages of webhooks."""

import re
from typing import Any

import pytest
from django.test import Client

from recognizer.models import User, Webhook
from recognizer.webhooks.registry import NewSecret, send_test
from tests.fixtures.users import SignIn, confirm_password
from tests.webhooks.conftest import deliver_due
from tests.webhooks.receiver import Receiver

FORM: dict[str, Any] = {
    "name": "A labelling tool",
    "url": "https://example.org/hook",
    "events": ["model.promoted", "drift.detected"],
}


@pytest.fixture
def browser(admin: User, sign_in: SignIn) -> Client:
    return confirm_password(sign_in(admin))


def test_creates_a_webhook_and_shows_its_secret_once(browser: Client) -> None:
    assert 'data-empty-state="no_webhooks"' in browser.get("/webhooks/").text
    page = browser.post("/webhooks/create/", FORM).text
    webhook = Webhook.objects.get()
    assert webhook.events == FORM["events"]
    secret = re.search(r'value="(whsec_[^"]+)"', page)
    assert secret
    assert 'data-empty-state="no_deliveries"' in page
    assert secret[1] not in browser.get(f"/webhooks/{webhook.pk}/").text
    assert 'data-state="enabled"' in browser.get("/webhooks/").text


@pytest.mark.parametrize("path", ["/webhooks/create/", "/webhooks/{id}/update/"])
def test_an_error_keeps_what_was_typed(browser: Client, path: str) -> None:
    browser.post("/webhooks/create/", FORM)
    path = path.format(id=Webhook.objects.get().pk)
    wrong = {"name": "typed", "url": "https://192.168.1.1/x", "events": ["drift.detected"]}
    response = browser.post(path, wrong)
    assert response.status_code == 400
    assert "errorlist" in response.text
    assert 'value="https://192.168.1.1/x"' in response.text
    assert re.search(r'value="drift.detected"[^>]*checked', response.text)
    assert Webhook.objects.get().name == FORM["name"]


def test_needs_a_recent_password(admin: User, sign_in: SignIn) -> None:
    response = sign_in(admin).post("/webhooks/create/", FORM)
    assert "/reauthenticate/" in response["Location"]
    assert not Webhook.objects.exists()


def test_shows_attempts_and_sends_again(
    browser: Client, new: NewSecret, receiver: Receiver
) -> None:
    receiver.status, receiver.response = 500, b"<b>out of memory"
    browser.post(f"/webhooks/{new.webhook.pk}/test/")
    page = browser.get(f"/webhooks/{new.webhook.pk}/").text
    assert 'data-status="waiting" data-attempts="0"' in page
    deliver_due()
    page = browser.get(f"/webhooks/{new.webhook.pk}/").text
    assert 'data-status="waiting" data-attempts="1"' in page
    assert "&lt;b&gt;out of memory" in page
    assert "data-failing" in page
    receiver.status = 200
    delivery = new.webhook.deliveries.get()
    browser.post(f"/webhooks/{new.webhook.pk}/deliveries/{delivery.pk}/replay/")
    deliver_due()
    page = browser.get(f"/webhooks/{new.webhook.pk}/").text
    assert 'data-status="delivered" data-attempts="2"' in page
    assert "data-failing" not in page


def test_pages_of_the_log(browser: Client, new: NewSecret) -> None:
    for _ in range(30):
        send_test(new.webhook)
    path = f"/webhooks/{new.webhook.pk}/"
    page = browser.get(path).text
    older = re.search(r'rel="next" href="(\?cursor=[^#"]+)', page)
    assert older
    rest = browser.get(path + older[1]).text
    assert page.count("data-delivery=") == 25
    assert rest.count("data-delivery=") == 5


def test_disables_enables_rotates_and_deletes(browser: Client, new: NewSecret) -> None:
    path = f"/webhooks/{new.webhook.pk}/"
    browser.post(f"{path}switch/")
    assert 'data-disabled="admin"' in browser.get(path).text
    page = browser.post(f"{path}test/", follow=True).text
    assert "webhook_disabled" in page
    browser.post(f"{path}switch/", {"enable": "1"})
    assert "data-disabled" not in browser.get(path).text
    assert "whsec_" in browser.post(f"{path}rotate/").text
    assert browser.post(f"{path}delete/").status_code == 302
    assert browser.get(path).status_code == 404
