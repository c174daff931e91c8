"""Delivery: signatures, retries, failure, replay, and a receiver that is slow."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django.fixtures import Settings

from recognizer.models import AuditEvent, User, Webhook, WebhookDelivery
from recognizer.webhooks.delivery import WebhookDispatcher, deliver
from recognizer.webhooks.delivery_queue import (
    RETRY_INTERVALS_S,
    delete_expired_deliveries,
    lease_due_delivery,
)
from recognizer.webhooks.registry import (
    CannotChangeWebhook,
    NewSecret,
    create_webhook,
    replay,
    rotate_secret,
    send_test,
    update_webhook,
)
from recognizer.webhooks.signatures import sign_message
from tests.fixtures.deadlines import deadline
from tests.fixtures.users import confirm_email
from tests.webhooks.conftest import deliver_due
from tests.webhooks.receiver import Receiver

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_signs_as_the_specification_shows() -> None:
    """The example of the specification and of its libraries."""
    headers = sign_message(
        b'{"test": 2432232314}',
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_delivers_a_signed_event(new: NewSecret, receiver: Receiver) -> None:
    send_test(new.webhook)
    (delivery,) = deliver_due()
    (request,) = receiver.received
    assert request.signatures() == [request.expect_signature(new.secret)]
    assert request.headers["webhook-id"] == delivery.message_id
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < deadline(30)
    assert request.headers["content-type"] == "application/json"
    assert request.event["type"] == "webhook.test"
    assert (delivery.status, delivery.attempts[0]["status"]) == ("delivered", 204)
    assert deliver_due() == []


def test_both_secrets_sign_for_a_day_after_a_rotation(
    new: NewSecret, receiver: Receiver, admin: User
) -> None:
    second = rotate_secret(new.webhook, by=admin)
    send_test(new.webhook)
    deliver_due()
    request = receiver.received[-1]
    both = [request.expect_signature(second.secret), request.expect_signature(new.secret)]
    assert request.signatures() == both
    Webhook.objects.update(previous_secret_until=timezone.now())
    send_test(new.webhook)
    deliver_due()
    request = receiver.received[-1]
    assert request.signatures() == [request.expect_signature(second.secret)]


def test_secrets_are_stored_encrypted(new: NewSecret) -> None:
    stored = Webhook.objects.get()
    assert new.secret not in stored.secret
    assert new.secret.removeprefix("whsec_") not in stored.secret


def test_repeats_a_failed_request_with_the_same_id(new: NewSecret, receiver: Receiver) -> None:
    receiver.status = 500
    send_test(new.webhook)
    (delivery,) = deliver_due()
    pause = delivery.due_at - timezone.now()
    assert timedelta(0) < pause <= timedelta(seconds=1.2 * RETRY_INTERVALS_S[0])
    assert delivery.status == "waiting"
    assert Webhook.objects.get().failing_since
    receiver.status = 200
    make_due()
    assert [one.status for one in deliver_due()] == ["delivered"]
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 1
    assert Webhook.objects.get().failing_since is None


def test_fails_after_the_last_attempt_and_can_be_replayed(
    new: NewSecret, receiver: Receiver
) -> None:
    receiver.status = 503
    send_test(new.webhook)
    for _ in RETRY_INTERVALS_S:
        assert [one.status for one in deliver_due()] == ["waiting"]
        make_due()
    (failed,) = deliver_due()
    assert failed.status == "failed"
    assert len(failed.attempts) == len(RETRY_INTERVALS_S) + 1
    make_due()
    assert deliver_due() == []
    receiver.status = 204
    replay(WebhookDelivery.objects.get())
    assert [one.status for one in deliver_due()] == ["delivered"]


def test_a_replay_during_an_attempt_is_not_lost(new: NewSecret, receiver: Receiver) -> None:
    receiver.status = 500
    send_test(new.webhook)
    leased = lease_due_delivery(busy=[])
    assert leased
    replay(WebhookDelivery.objects.select_related("webhook").get())
    deliver(leased)
    stored = WebhookDelivery.objects.get()
    assert (stored.status, stored.num_attempts) == ("waiting", 0)
    assert stored.due_at <= timezone.now()


def test_a_delivery_of_a_dead_process_is_due_after_its_lease(
    new: NewSecret, receiver: Receiver
) -> None:
    send_test(new.webhook)
    assert lease_due_delivery(busy=[])
    assert deliver_due() == []
    make_due()
    assert len(deliver_due()) == len(receiver.received) == 1


def test_disables_a_webhook_after_410(
    new: NewSecret, receiver: Receiver, admin: User, settings: Settings
) -> None:
    settings.EMAIL_ENABLED = True
    confirm_email(admin)
    receiver.status = 410
    send_test(new.webhook)
    deliver_due()
    webhook = Webhook.objects.get()
    assert webhook.disabled_reason == "refused"
    assert AuditEvent.objects.filter(action="webhook_disabled").count() == 1
    assert [message.to for message in mail.outbox] == [[admin.email]]
    with pytest.raises(CannotChangeWebhook, match="disabled"):
        send_test(webhook)


def test_disables_a_webhook_that_fails_for_days(
    new: NewSecret, receiver: Receiver, admin: User, settings: Settings
) -> None:
    receiver.status = 500
    send_test(new.webhook)
    deliver_due()
    days = settings.WEBHOOK_DISABLE_AFTER_DAYS
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=days - 1))
    make_due()
    deliver_due()
    assert Webhook.objects.get().is_enabled
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=days, minutes=1))
    make_due()
    deliver_due()
    webhook = Webhook.objects.get()
    assert webhook.disabled_reason == "failing"
    make_due()
    assert deliver_due() == []
    receiver.status = 204
    update_webhook(webhook, by=admin, is_enabled=True)
    assert [one.status for one in deliver_due()] == ["delivered"]


def test_deletes_old_entries_of_the_log(new: NewSecret, settings: Settings) -> None:
    send_test(new.webhook)
    deliver_due()
    send_test(new.webhook)
    assert delete_expired_deliveries() == 0
    past = timezone.now() - timedelta(days=settings.WEBHOOK_LOG_DAYS + 1)
    WebhookDelivery.objects.update(created_at=past)
    assert delete_expired_deliveries() == 1
    assert WebhookDelivery.objects.get().status == "waiting"


@pytest.mark.django_db(transaction=True)
def test_a_slow_receiver_delays_no_other_one(
    new: NewSecret, receiver: Receiver, admin: User
) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=WebhookDispatcher().run, args=[stop], daemon=True)
    with Receiver() as other:
        fast = create_webhook(
            by=admin, url=other.url, name="fast", events=["model.promoted"]
        ).webhook
        receiver.pause.clear()
        for _ in range(3):
            send_test(new.webhook)
        thread.start()
        wait_until(lambda: len(receiver.received) == 1)
        for _ in range(3):
            send_test(fast)
        wait_until(lambda: fast.deliveries.filter(status="delivered").count() == 3)
        assert len(receiver.received) == 1
        receiver.pause.set()
        wait_until(lambda: new.webhook.deliveries.filter(status="delivered").count() == 3)
        stop.set()
        thread.join(deadline(30))
    assert not thread.is_alive()


def make_due() -> None:
    WebhookDelivery.objects.update(due_at=timezone.now())


def wait_until(condition: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + deadline(20)
    while not condition():
        assert time.monotonic() < ends_at
        time.sleep(0.02)
