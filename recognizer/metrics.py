"""What Prometheus reads: each process counts for itself; the rest is asked of the database."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

PULSE_KEY = "digitsite:worker:"
PULSE_LASTS_S = 15

_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)

GROUP_SIZES = Histogram(
    "digitsite_group_size", "Drawings written together", buckets=(1, 2, 4, 8, 16, 32, 64, 128)
)
WRITE_SECONDS = Histogram("digitsite_write_seconds", "Writing a group", buckets=_SECONDS)
ANSWERS = Counter("digitsite_answers", "Answers that this process heard of", ["verdict"])
SOCKETS = Gauge("digitsite_sockets", "Open sockets of this process")
