"""Prometheus metrics.

Each process counts for itself. With PROMETHEUS_MULTIPROC_DIR, the processes of a machine keep their
values in files of this directory, and each of them responds with the sum. The metrics of the queue
are read from the database and the broker at each scrape and are the same in all processes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import redis
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Min
from django.db.models.functions import Now
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from recognizer.messaging.redis_client import connect_redis
from recognizer.messaging.redis_keys import HEARTBEAT_KEY, redis_key
from recognizer.protocol import HEAVY_RECOGNITION_QUEUE, RECOGNITION_QUEUE

_SECONDS_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)

BATCH_SIZES = Histogram(
    "digitsite_batch_size", "Drawings per batch", buckets=(1, 2, 4, 8, 16, 32, 64, 128)
)
STAGE_SECONDS = Histogram(
    "digitsite_stage_seconds",
    "Duration of a batch by stage: `write` (database), `send` (broker), `answer` (queue, worker)",
    ["stage"],
    buckets=_SECONDS_BUCKETS,
)
PREDICTIONS = Counter(
    "digitsite_predictions", "Predictions received by this process, by decision", ["decision"]
)
SOCKETS = Gauge("digitsite_sockets", "Open websockets of this process", multiprocess_mode="livesum")
QUEUE_METRICS = {
    "queued": "Drawings without a prediction",
    "queue_age_seconds": "Age of the oldest drawing without a prediction",
    "waiting_tasks": "Recognition tasks that no worker has taken; absent without the broker",
    "workers": "Workers with a heartbeat in the last 15 s; absent without the broker",
    "mail_age_seconds": "Age of the oldest e-mail that is not delivered",
}


class QueueCollector(Collector):
    """Metrics of the queue. Those of an unavailable database or broker are absent."""

    def collect(self) -> Iterable[Metric]:
        with suppress(DatabaseError):
            queued, age_s = _count_queued()
            yield _gauge("queued", queued)
            yield _gauge("queue_age_seconds", age_s)
            yield _gauge("mail_age_seconds", _measure_mail_age())
        with suppress(redis.RedisError, DatabaseError):
            tasks, workers = _query_broker()
            yield _gauge("waiting_tasks", tasks)
            yield _gauge("workers", workers)

    def describe(self) -> Iterable[Metric]:
        """Return the metrics without values, so that a starting process sends no query."""
        return [_gauge(name) for name in QUEUE_METRICS]


def _gauge(name: str, value: float | None = None) -> Metric:
    return GaugeMetricFamily(f"digitsite_{name}", QUEUE_METRICS[name], value)


def _count_queued() -> tuple[int, float]:
    from recognizer.models import Drawing, Status  # models load after the app registry

    queued = Drawing.objects.filter(status=Status.QUEUED, deleted_at=None)
    found = queued.aggregate(count=Count("pk"), oldest=Min("drawn_at"), now=Min(Now()))
    if not found["count"]:
        return 0, 0.0
    return found["count"], max(0.0, (found["now"] - found["oldest"]).total_seconds())


def _measure_mail_age() -> float:
    from recognizer.models import OutgoingMail  # models load after the app registry

    found = OutgoingMail.objects.aggregate(oldest=Min("created_at"), now=Min(Now()))
    return max(0.0, (found["now"] - found["oldest"]).total_seconds()) if found["oldest"] else 0.0


def _query_broker() -> tuple[int, int]:
    with connect_redis() as client:
        workers = sum(1 for _ in client.scan_iter(redis_key(f"{HEARTBEAT_KEY}*"), count=1000))
    with connect_redis(use="queue") as client:
        queues = (RECOGNITION_QUEUE, HEAVY_RECOGNITION_QUEUE)
        return sum(int(client.llen(redis_key(queue))) for queue in queues), workers


REGISTRY.register(QueueCollector())


def render_metrics() -> bytes:
    """Return the metrics of this process, or the sums over the processes of this machine."""
    if not settings.PROMETHEUS_MULTIPROC_DIR:
        return generate_latest()
    _delete_values_of_ended_processes(Path(settings.PROMETHEUS_MULTIPROC_DIR))
    registry = CollectorRegistry()
    folder = settings.PROMETHEUS_MULTIPROC_DIR
    multiprocess.MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
    registry.register(QueueCollector())
    return generate_latest(registry)


def _delete_values_of_ended_processes(folder: Path) -> None:
    """Delete the gauges of killed processes. Their counters stay: a counter never decreases."""
    for path in folder.glob("gauge_live*.db"):
        pid = int(path.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            multiprocess.mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
        except PermissionError:  # it runs
            pass
