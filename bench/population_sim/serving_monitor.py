"""Measurements of a change of champion while a client submits drawings continuously."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.harness.api_client import JSON, ApiClient, RequestFailed
from bench.population_sim.simulated_users import submit_drawings
from ml.data.datasets import InkSample

BATCH_SIZE = 6


@dataclass(slots=True)
class ServedDrawing:
    """When a drawing was sent and received (monotonic clock), and the model of its prediction."""

    sent_at: float
    received_at: float
    model: str


@dataclass(slots=True)
class ContinuousClient:
    """A context manager with a thread that submits drawings until the end."""

    api: ApiClient
    inks: Sequence[InkSample]
    served: list[ServedDrawing] = field(default_factory=list)
    sent: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> ContinuousClient:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            batch = [self.inks[(self.sent + n) % len(self.inks)] for n in range(BATCH_SIZE)]
            sent_at = time.monotonic()
            self.sent += len(batch)
            for drawing in submit_drawings(self.api, batch):
                model = drawing["prediction"]["model"]
                self.served.append(ServedDrawing(sent_at, time.monotonic(), model))


@dataclass(frozen=True, slots=True)
class SwitchTimes:
    """Duration of a change of champion, in seconds.

    `announced_s`: until the site shows that all workers serve the new champion.
    `last_prediction_s`: until the last prediction of another model.
    `mislabelled_model`: drawings sent after the announcement with a prediction of another model.
    """

    announced_s: float
    last_prediction_s: float
    mislabelled_model: int


def switch_champion(
    api: ApiClient, client: ContinuousClient, *, path: str, body: JSON, to: str, workers: int
) -> SwitchTimes:
    """Promote or roll back by a POST request and wait until all workers serve `to`."""
    started = time.monotonic()
    api.post(path, body)
    committed = time.monotonic()
    while count_serving(api, to) < workers:
        if time.monotonic() - committed > 10:
            raise TimeoutError(f"{count_serving(api, to)} of {workers} workers serve {to}.")
        time.sleep(0.02)
    announced = time.monotonic()
    time.sleep(1.5)  # predictions in progress arrive
    late = [one for one in client.served if one.received_at > started and one.model != to]
    last = max((one.received_at for one in late), default=committed)
    mislabelled_model = sum(one.sent_at > announced for one in late)
    return SwitchTimes(announced - committed, max(0.0, last - committed), mislabelled_model)


def count_serving(api: ApiClient, model: str) -> int:
    """Return how many workers report that they serve a model."""
    try:
        return int(api.get(f"models/{model}/")["workers"]["serving"])
    except RequestFailed:
        return 0
