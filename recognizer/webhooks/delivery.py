"""Delivery of webhooks by threads of the maintenance process.

A receiver that does not respond costs one thread for WEBHOOK_TIMEOUT_S and delays no other
receiver: each webhook has at most one request at a time. While a thread waits for a receiver, it
holds no database connection.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from django.db import InterfaceError, OperationalError, connection

from recognizer.db.connection_release import release_connection
from recognizer.models import WebhookDelivery
from recognizer.webhooks.delivery_queue import lease_due_delivery, load_secrets, record_outcome
from recognizer.webhooks.http_post import PostResult, post
from recognizer.webhooks.signatures import sign_message

log = logging.getLogger(__name__)

TICK_INTERVAL_S = 1.0
MAX_PAUSE_S = 60.0
NUM_THREADS = 8


class WebhookDispatcher:
    """Leases deliveries that are due and gives them to threads."""

    def __init__(self) -> None:
        self._busy: set[int] = set()
        self._pool = ThreadPoolExecutor(NUM_THREADS, thread_name_prefix="webhook")
        self._ended = threading.Event()

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            pause_s = TICK_INTERVAL_S
            self._ended.clear()
            try:
                self._submit_due()
            except (OperationalError, InterfaceError) as error:
                log.warning("The database is unavailable: %s", error)
                connection.close()
            except Exception:  # an unexpected error must not end the thread
                log.exception("The delivery of webhooks failed; it is tried again")
                pause_s = MAX_PAUSE_S
            self._ended.wait(pause_s)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _submit_due(self) -> None:
        try:
            while len(self._busy) < NUM_THREADS:
                delivery = lease_due_delivery(busy=[*self._busy])
                if delivery is None:
                    return
                self._busy.add(delivery.webhook_id)
                self._pool.submit(self._deliver, delivery)
        finally:
            release_connection()

    def _deliver(self, delivery: WebhookDelivery) -> None:
        try:
            deliver(delivery)
        except (OperationalError, InterfaceError) as error:  # it is due again after its lease
            log.warning("The database is unavailable: %s", error)
            connection.close()
        except Exception:
            log.exception("Webhook delivery %s failed; it is tried again", delivery.pk)
        finally:
            release_connection()
            self._busy.discard(delivery.webhook_id)
            self._ended.set()


def deliver(delivery: WebhookDelivery) -> None:
    """Send a leased delivery and store the outcome."""
    webhook, body = delivery.webhook, delivery.body.encode()
    secrets = load_secrets(webhook)
    release_connection()
    if secrets:
        message_id, now = delivery.message_id, int(time.time())
        headers = sign_message(body, message_id=message_id, timestamp=now, secrets=secrets)
        result = post(webhook.url, body, headers)
    else:
        result = PostResult(0, "secret_lost", 0)
    if result.error:
        log.warning("Webhook %d: %s %s", webhook.pk, result.error, result.status or "")
    record_outcome(delivery, result)
