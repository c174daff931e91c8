"""Latency for other users next to a client that never reads or floods the site.

`python -m bench.noisy_neighbours [--seconds 6] [--rounds 5]`. Eight users draw five times per
second each, within the default limits, in four cases:

- alone;
- next to a client that sends drawings and never reads;
- next to a client that never reads and requests its whole history ten times per second;
- next to a client that sends 200 drawings per second.

The exit status is 1 if a case raises the p95 of the others to more than 1.5 times their p95 alone
in the same round (median of the rounds).
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress

import uvloop

from bench.harness.bench_site import BenchSite
from bench.harness.load_generator import (
    Tally,
    connect_websocket,
    format_draw_message,
    run_open_loop,
)
from bench.harness.login import sign_in_new_users
from bench.harness.measurement import compute_percentiles
from bench.harness.result_table import format_range, print_goal
from bench.harness.sample_drawings import load_inks
from bench.harness.websocket_client import WebsocketClient, open_websocket
from tests.faults.harness.silent_client import SilentClient

DEFAULT_LIMITS = {
    "DRAWINGS_PER_MINUTE": "600",
    "DRAWINGS_BURST": "120",
    "MAX_PENDING_DRAWINGS": "200",
}
NUM_OTHER_USERS = 8
DRAWINGS_PER_S_EACH = 5
FLOOD_PER_S = 200
NUM_EARLIER_DRAWINGS = 100
REQUESTS_PER_S = 10
RECONNECT_DELAY_S = 2.0
MAX_RATIO = 1.5

Neighbour = Callable[[BenchSite, str, Sequence[str]], AbstractAsyncContextManager[None]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    inks = load_inks()
    p95s: dict[str, list[float]] = {name: [] for name in CASES}
    with BenchSite(environment=DEFAULT_LIMITS) as site:
        *keys, noisy_key = sign_in_new_users(site, NUM_OTHER_USERS + 1)
        uvloop.run(_draw_history(site, noisy_key, inks))
        for _ in range(options.rounds):
            for name, run_neighbour in CASES.items():
                neighbour = run_neighbour(site, noisy_key, inks)
                tally = uvloop.run(
                    _draw_with_neighbour(neighbour, site, keys, inks, options.seconds)
                )
                p95s[name].append(compute_percentiles(tally.latencies)[1])
                _print_case(name, tally)
    return _check_ratios(p95s)


async def _draw_with_neighbour(
    neighbour: AbstractAsyncContextManager[None],
    site: BenchSite,
    keys: Sequence[str],
    inks: Sequence[str],
    seconds: float,
) -> Tally:
    async with neighbour:
        return await run_open_loop(
            connect_websocket([site.port], keys),
            NUM_OTHER_USERS,
            inks,
            per_s=NUM_OTHER_USERS * DRAWINGS_PER_S_EACH,
            seconds=seconds,
        )


async def _draw_history(site: BenchSite, key: str, inks: Sequence[str]) -> None:
    client = await _connect(site, key)
    for number in range(NUM_EARLIER_DRAWINGS):
        client.send(format_draw_message(str(uuid.uuid4()), inks[number]))
    await asyncio.sleep(2)
    client.close()


@asynccontextmanager
async def _run_flooding_client(
    site: BenchSite, key: str, inks: Sequence[str]
) -> AsyncIterator[None]:
    client = await _connect(site, key)

    async def send_drawings() -> None:
        started, sent = asyncio.get_running_loop().time(), 0
        while True:
            while sent < (asyncio.get_running_loop().time() - started) * FLOOD_PER_S:
                client.send(format_draw_message(str(uuid.uuid4()), inks[sent % len(inks)]))
                sent += 1
            await asyncio.sleep(0.005)

    async with _run_in_background(send_drawings()):
        yield
    client.close()


@asynccontextmanager
async def _run_silent_client(site: BenchSite, key: str, inks: Sequence[str]) -> AsyncIterator[None]:
    """Run a client that sends drawings and never reads."""
    strokes = [[[0, 0], [0, 9]]]

    async def send_drawings() -> None:
        with await _open_silent(site, key) as silent:
            while True:
                ref = str(uuid.uuid4())
                silent.send(type="draw", ref=ref, revision=1, strokes=strokes)
                await asyncio.sleep(1 / REQUESTS_PER_S)

    async with _run_in_background(send_drawings()):
        yield


@asynccontextmanager
async def _run_history_client(
    site: BenchSite, key: str, inks: Sequence[str]
) -> AsyncIterator[None]:
    """Run a client that requests its history, never reads, and reconnects."""

    async def send_requests() -> None:
        while True:
            with await _open_silent(site, key) as silent:
                for _ in range(int(RECONNECT_DELAY_S * REQUESTS_PER_S)):
                    silent.send(type="resume", since=0)
                    await asyncio.sleep(1 / REQUESTS_PER_S)

    async with _run_in_background(send_requests()):
        yield


async def _open_silent(site: BenchSite, key: str) -> SilentClient:
    return await asyncio.to_thread(
        SilentClient(site.port, f"sessionid-{site.port}={key}").__enter__
    )


@asynccontextmanager
async def _run_in_background(work: Awaitable[None]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


CASES: dict[str, Neighbour] = {
    "alone": lambda site, key, inks: nullcontext(),
    "next to a silent client": _run_silent_client,
    "next to a history client": _run_history_client,
    "next to a flooding client": _run_flooding_client,
}


async def _connect(site: BenchSite, key: str) -> WebsocketClient:
    return await open_websocket(lambda text: None, port=site.port, session_key=key)


def _print_case(name: str, tally: Tally) -> None:
    p50, p95, p99 = compute_percentiles(tally.latencies)
    times = f"p50 {p50:7.2f}  p95 {p95:7.2f}  p99 {p99:7.2f} ms"
    print(f"{name:26} {tally.predictions:5} predictions, lost {tally.lost}   {times}", flush=True)


def _check_ratios(p95s: dict[str, list[float]]) -> int:
    (_, alone), *others = p95s.items()
    print(f"\n{len(alone)} rounds; p95 of the other users, relative to their p95 alone:")
    is_reached = True
    for name, values in others:
        ratios = [value / base for value, base in zip(values, alone, strict=True)]
        ratio = statistics.median(ratios)
        print_goal(f"{name} ({format_range(ratios)})", ratio, most=MAX_RATIO)
        is_reached = is_reached and ratio <= MAX_RATIO
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
