"""What Prometheus reads. Each process counts for itself: ask every web process, and add up. What
the site as a whole has waiting is asked of the database and the broker when somebody looks.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import redis
from django.db import DatabaseError
from django.db.models import Count, Min
from django.db.models.functions import Now
from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from recognizer.messaging.redis_client import connect_redis
from recognizer.protocol import RECOGNITION_QUEUE

HEARTBEAT_KEY_PREFIX = "digitsite:worker:"
HEARTBEAT_TTL_S = 15

_SECONDS_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)

BATCH_SIZES = Histogram(
    "digitsite_batch_size", "Drawings written together", buckets=(1, 2, 4, 8, 16, 32, 64, 128)
)
STAGE_SECONDS = Histogram(
    "digitsite_stage_seconds",
    "What a group takes: write (to the database), send (to the broker), answer (queue and worker)",
    ["stage"],
    buckets=_SECONDS_BUCKETS,
)
PREDICTIONS = Counter(
    "digitsite_predictions", "Predictions that this process received", ["decision"]
)
SOCKETS = Gauge("digitsite_sockets", "Open sockets of this process")


class QueueCollector(Collector):
    """Asked anew each time; what cannot be asked is left out, which says that it is away."""

    def collect(self) -> Iterable[Metric]:
        with suppress(DatabaseError):
            queued, age_s = _count_queued()
            yield _gauge("queued", "Drawings without their answer", queued)
            yield _gauge("queue_age_seconds", "How long the oldest of them has waited", age_s)
        with suppress(redis.RedisError):
            tasks, workers = _query_broker()
            yield _gauge("waiting_tasks", "Tasks that no worker took yet", tasks)
            yield _gauge("workers", "Workers alive in the last seconds", workers)

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked while the process starts."""
        return []


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(f"digitsite_{name}", documentation, value)


def _count_queued() -> tuple[int, float]:
    from recognizer.models import Drawing, Status  # models load after the app registry

    queued = Drawing.objects.filter(status=Status.QUEUED, deleted_at=None)
    found = queued.aggregate(count=Count("pk"), oldest=Min("drawn_at"), now=Min(Now()))
    if not found["count"]:
        return 0, 0.0
    return found["count"], max(0.0, (found["now"] - found["oldest"]).total_seconds())


def _query_broker() -> tuple[int, int]:
    with connect_redis() as client:
        workers = sum(1 for _ in client.scan_iter(f"{HEARTBEAT_KEY_PREFIX}*", count=1000))
        return int(client.llen(RECOGNITION_QUEUE)), workers


REGISTRY.register(QueueCollector())
