"""Samples of a site's processes (memory, open files, connections) and of the broker's contents."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from threading import Event, Thread

import psutil

from recognizer.messaging.redis_client import connect_redis

SAMPLE_INTERVAL_S = 5.0
KINDS = ("PSS MiB", "RSS MiB", "files", "connections")
BROKER = "broker data"
BROKER_KINDS = ("clients", "channels", "keys", "")


@dataclass(frozen=True)
class ProcessSample:
    """Measured values of one process, in the order of KINDS.

    The sample of the broker's contents has the values of BROKER_KINDS in the same order.
    """

    pss: float
    rss: float
    files: float
    connections: float


Samples = list[tuple[float, dict[str, ProcessSample]]]


class ProcessSampler:
    """A context manager with a thread that takes a sample every five seconds."""

    def __init__(self, ids: Mapping[str, int], broker_url: str, clock: Callable[[], float]) -> None:
        self.samples: Samples = []
        self._processes = {name: psutil.Process(id) for name, id in ids.items()}
        self._broker = connect_redis(url=broker_url, timeout_s=SAMPLE_INTERVAL_S)
        self._clock = clock
        self._stop = Event()
        self._thread = Thread(target=self._run, name="sampler", daemon=True)

    def __enter__(self) -> ProcessSampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._broker.close()

    def _run(self) -> None:
        while not self._stop.wait(SAMPLE_INTERVAL_S):
            sampled = {name: _sample_process(process) for name, process in self._processes.items()}
            sampled[BROKER] = self._sample_broker()
            self.samples.append((self._clock(), sampled))

    def _sample_broker(self) -> ProcessSample:
        clients = int(self._broker.info("clients")["connected_clients"])
        channels = len(self._broker.pubsub_channels())
        return ProcessSample(clients, channels, int(self._broker.dbsize()), 0)


def median_sample(samples: Samples, name: str, *, start: float, end: float) -> ProcessSample:
    """Return the median of each value from `start` to `end`."""
    rows = [astuple(sample[name]) for at, sample in samples if start <= at <= end]
    return ProcessSample(*(statistics.median(column) for column in zip(*rows, strict=True)))


def compute_growth(first: ProcessSample, last: ProcessSample) -> Sequence[float]:
    """Return the relative growth of each value."""
    pairs = zip(astuple(first), astuple(last), strict=True)
    return [(after - before) / before if before else float(after > 0) for before, after in pairs]


def _sample_process(process: psutil.Process) -> ProcessSample:
    memory = process.memory_full_info()
    connections = len(process.net_connections(kind="all"))
    return ProcessSample(memory.pss / 2**20, memory.rss / 2**20, process.num_fds(), connections)
