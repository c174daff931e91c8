"""Load on the site during faults: a short peak, a quiet phase, then one fault after another."""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bench.fault_run.faults import Fault
from bench.fault_run.reconnecting_client import ReconnectingClient, Sample
from bench.harness.measurement import compute_percentiles
from tests.fixtures.deadlines import deadline

WARM_UP_S = 3.0
SEND_INTERVAL_S = 0.005
CHECK_INTERVAL_S = 0.05
MIN_DELAYED_S, DELAYED_RATIO = 1.0, 3
"""A drawing is delayed if its prediction takes longer than this, and than the p95 of the quiet
phase times this."""
STABLE_TIME_S = 1.0
RECOVERY_TIMEOUT_S = 30.0
SETTLE_TIME_S = 1.0


@dataclass
class FaultTimes:
    """When a fault began, when it was repaired, and when drawings were no longer delayed."""

    name: str
    began_at: float
    repaired_at: float = math.inf
    recovered_at: float = math.inf


@dataclass(frozen=True)
class Phases:
    """The lengths of the phases and the number of faults. After the peak, `share` of its rate is
    sent. A fault begins `interval_s` after the previous one, or later if that takes longer."""

    share: float
    peak_s: float
    quiet_s: float
    num_faults: int
    interval_s: float


class FaultLoad:
    """The clients, and the times of their drawings and of the faults."""

    def __init__(self, clients: Sequence[ReconnectingClient]) -> None:
        self.clients = clients
        self.delayed_s = MIN_DELAYED_S
        self.quiet_from = self.quiet_until = self.ended_at = 0.0
        self.faults: list[FaultTimes] = []
        self.failures: list[str] = []

    @property
    def samples(self) -> list[Sample]:
        return [sample for client in self.clients for sample in client.samples]

    @property
    def num_waiting(self) -> int:
        return sum(len(client.waiting) for client in self.clients)

    def compute_quiet_p95_s(self) -> float:
        return self.compute_p95_s([(self.quiet_from, self.quiet_until)])

    def compute_p95_s(self, windows: Sequence[tuple[float, float]]) -> float:
        """Return the p95 of the drawings that were sent in one of the windows."""
        latencies = [
            sample.latency_s
            for sample in self.samples
            if any(start <= sample.sent_at < end for start, end in windows)
        ]
        return compute_percentiles(latencies)[1]

    async def run(self, faults: Iterator[Fault], phases: Phases) -> None:
        """Run all phases. If the site does not recover from a fault, stop there."""
        try:
            await self._run_phases(faults, phases)
        except AssertionError as error:
            self.failures.append(str(error))

    async def _run_phases(self, faults: Iterator[Fault], phases: Phases) -> None:
        async with self._connected():
            peak = await self._measure_peak(phases.peak_s)
            rate = peak * phases.share
            print(f"{len(self.clients)} sockets, peak {peak:,.0f} drawings/s;", end=" ")
            print(f"{phases.num_faults} faults at {rate:,.0f} drawings/s", flush=True)
            async with self._open_loop(rate):
                await self._run_quiet(phases.quiet_s)
                await self._run_faults(faults, phases)
            await self._wait_for_predictions()

    async def _measure_peak(self, seconds: float) -> float:
        for client in self.clients:
            client.is_closed_loop = True
            client.draw()
        await asyncio.sleep(WARM_UP_S)
        before = len(self.samples)
        await asyncio.sleep(seconds)
        rate = (len(self.samples) - before) / seconds
        for client in self.clients:
            client.is_closed_loop = False
        await self._wait_for_predictions()
        return rate

    async def _run_quiet(self, seconds: float) -> None:
        await asyncio.sleep(WARM_UP_S)
        self.quiet_from = time.monotonic()
        await asyncio.sleep(seconds)
        self.quiet_until = time.monotonic()
        self.delayed_s = max(MIN_DELAYED_S, DELAYED_RATIO * self.compute_quiet_p95_s())

    async def _run_faults(self, faults: Iterator[Fault], phases: Phases) -> None:
        try:
            for fault in itertools.islice(faults, phases.num_faults):
                next_at = time.monotonic() + phases.interval_s
                await self._run_fault(fault)
                await asyncio.sleep(max(0, next_at - time.monotonic()))
        finally:
            self.ended_at = time.monotonic()

    async def _run_fault(self, fault: Fault) -> None:
        times = FaultTimes(fault.name, time.monotonic())
        self.faults.append(times)
        await asyncio.to_thread(fault.inject)
        times.repaired_at = time.monotonic()
        times.recovered_at = await self._wait_for_recovery(fault.name)
        print(f"{fault.name}: {times.recovered_at - times.began_at:.1f} s", flush=True)

    async def _wait_for_recovery(self, name: str) -> float:
        """Wait until no drawing was delayed for a while; return when that while began."""
        recovered_at = time.monotonic()
        give_up_at = recovered_at + deadline(RECOVERY_TIMEOUT_S)
        while (now := time.monotonic()) < recovered_at + self.delayed_s + STABLE_TIME_S:
            if self._has_delayed_drawings():
                recovered_at = now
            assert now < give_up_at, f"not recovered from: {name}"
            await asyncio.sleep(CHECK_INTERVAL_S)
        return recovered_at

    def _has_delayed_drawings(self) -> bool:
        delayed_before = time.monotonic() - self.delayed_s
        return any(
            sent_at < delayed_before
            for client in self.clients
            for sent_at in client.waiting.values()
        )

    async def _wait_for_predictions(self) -> None:
        """Wait until all drawings have one, and then for repeated ones, which arrive late."""
        give_up_at = time.monotonic() + deadline(RECOVERY_TIMEOUT_S)
        while self.num_waiting:
            assert time.monotonic() < give_up_at, f"{self.num_waiting} without a prediction"
            await asyncio.sleep(CHECK_INTERVAL_S)
        await asyncio.sleep(SETTLE_TIME_S)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(client.run()) for client in self.clients]
        try:
            async with asyncio.timeout(deadline(20)):
                await asyncio.gather(*(client.wait_until_open() for client in self.clients))
            yield
        finally:
            await _cancel(*tasks)
            for client in self.clients:
                client.close()

    @asynccontextmanager
    async def _open_loop(self, per_s: float) -> AsyncIterator[None]:
        """Send drawings at even intervals, from each client in turn, connected or not."""
        sender = asyncio.create_task(self._send_drawings(per_s))
        try:
            yield
        finally:
            await _cancel(sender)

    async def _send_drawings(self, per_s: float) -> None:
        started, number = time.monotonic(), 0
        while True:
            while number < (time.monotonic() - started) * per_s:
                self.clients[number % len(self.clients)].draw()
                number += 1
            await asyncio.sleep(SEND_INTERVAL_S)


async def _cancel(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if result is not None and not isinstance(result, asyncio.CancelledError):
            raise result
