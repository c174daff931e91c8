"""A receiver on this machine, and a webhook that leads to it."""

from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from pytest_django.fixtures import Settings

from recognizer.models import User, Webhook, WebhookDelivery
from recognizer.webhooks.delivery import deliver
from recognizer.webhooks.delivery_queue import lease_due_delivery
from recognizer.webhooks.events import SELECTABLE_EVENTS
from recognizer.webhooks.registry import NewSecret, create_webhook, send_test
from tests.webhooks.receiver import Receiver


@pytest.fixture
def local_receivers(settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture
def receiver(local_receivers: None) -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def new(receiver: Receiver, admin: User) -> NewSecret:
    """A webhook of all events, with its secret."""
    return create_webhook(by=admin, url=receiver.url, name="a tool", events=SELECTABLE_EVENTS)


def make_webhook_with_delivery(admin: User) -> tuple[Webhook, WebhookDelivery]:
    """Return a webhook with a public address, and an event that waits."""
    webhook = create_webhook(
        by=admin, url="https://93.184.216.34/", name="a tool", events=SELECTABLE_EVENTS
    ).webhook
    return webhook, send_test(webhook)


def deliver_due() -> list[WebhookDelivery]:
    """Deliver everything that is due, as the maintenance process does, and return it."""
    done = []
    while delivery := lease_due_delivery(busy=[]):
        deliver(delivery)
        delivery.refresh_from_db()
        done.append(delivery)
    return done
