"""Prometheus metrics of the queue."""

import pytest
from prometheus_client import generate_latest

from recognizer.messaging.redis_keys import HEARTBEAT_KEY, redis_key
from recognizer.models import Drawing, User
from tests.fixtures.broker_process import BrokerProcess
from tests.pipeline.factories import make_submission, store_drawings

pytestmark = pytest.mark.django_db


def _scrape_metrics() -> dict[str, float]:
    lines = [line for line in generate_latest().decode().splitlines() if line[0] != "#"]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


@pytest.mark.both_databases
def test_reports_queue_length_and_age(owner: User, valkey: BrokerProcess) -> None:
    store_drawings(make_submission(owner), make_submission(owner))
    Drawing.objects.update(drawn_at="2026-01-01T00:00Z")
    valkey.client().lpush(redis_key("recognition"), "task")
    valkey.client().set(redis_key(f"{HEARTBEAT_KEY}here:1"), "1")
    figures = _scrape_metrics()
    assert figures["digitsite_queued"] == 2
    assert figures["digitsite_queue_age_seconds"] > 3600
    assert figures["digitsite_waiting_tasks"] == 1
    assert figures["digitsite_workers"] == 1


def test_reports_zero_for_an_empty_queue(db: None, valkey: BrokerProcess) -> None:
    figures = _scrape_metrics()
    assert (figures["digitsite_queued"], figures["digitsite_queue_age_seconds"]) == (0, 0)


def test_omits_metrics_of_an_unavailable_broker(db: None, valkey: BrokerProcess) -> None:
    valkey.kill()
    figures = _scrape_metrics()
    assert "digitsite_workers" not in figures
    assert figures["digitsite_queued"] == 0
