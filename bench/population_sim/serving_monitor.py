"""Somebody who draws without a pause while models change: what was answered, by whom, and when."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.population_sim.api_client import JSON, ApiClient, RequestFailed
from bench.population_sim.simulated_users import draw_all
from ml.data.datasets import InkSample


@dataclass(slots=True)
class ServedDrawing:
    """`sent_at` and `got_at` by the clock of this process; `model` as the answer names it."""

    sent_at: float
    received_at: float
    model: str


@dataclass(slots=True)
class ContinuousClient:
    """`with Drawer(api, inks) as drawer:` draws in a thread of its own until the end."""

    api: ApiClient
    inks: Sequence[InkSample]
    answered: list[ServedDrawing] = field(default_factory=list)
    asked: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> ContinuousClient:
        self._thread = threading.Thread(target=self._draw)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread:
            self._thread.join()

    def _draw(self) -> None:
        while not self._over.is_set():
            some = [self.inks[(self.asked + at) % len(self.inks)] for at in range(6)]
            sent_at = time.monotonic()
            self.asked += len(some)
            for answer in draw_all(self.api, some):
                got = ServedDrawing(sent_at, time.monotonic(), answer["prediction"]["model"])
                self.answered.append(got)


@dataclass(frozen=True, slots=True)
class SwitchTimes:
    """How long a change of champion took, in seconds: until the site says that all workers serve
    it, and until the last answer of another model came."""

    announced_s: float
    first_prediction_s: float
    mislabelled_model: int


def switch_champion(
    api: ApiClient, drawer: ContinuousClient, *, call: str, body: JSON, to: str, workers: int
) -> SwitchTimes:
    """Promote or roll back by `call` and wait until all workers serve `to`."""
    started = time.monotonic()
    api.post(call, body)
    committed = time.monotonic()
    while count_serving(api, to) < workers:
        if time.monotonic() - committed > 10:
            raise TimeoutError(f"{count_serving(api, to)} of {workers} workers serve {to}.")
        time.sleep(0.02)
    said = time.monotonic()
    time.sleep(1.5)  # answers go on meanwhile; those that were under way arrive
    late = [one for one in drawer.answered if one.received_at > started and one.model != to]
    last = max((one.received_at for one in late), default=committed)
    mislabelled_model = sum(one.sent_at > said for one in late)
    return SwitchTimes(said - committed, max(0.0, last - committed), mislabelled_model)


def count_serving(api: ApiClient, model: str) -> int:
    """How many workers say that they serve it."""
    try:
        return int(api.get(f"models/{model}/")["workers"]["serving"])
    except RequestFailed:
        return 0
