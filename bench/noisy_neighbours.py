"""What the others notice of one who never reads, and of one who sends 200 drawings a second:
`python -m bench.noisy_neighbours [--seconds 6] [--rounds 5]`.

Eight people draw five times a second each, within everybody's usual limits: alone; beside a client
that draws as much as it may and never reads; beside one that never reads either, and asks for all
it ever drew ten times a second; beside a flooder. Ends with 1 when one of these makes the others'
p95 more than 1.5 times what it was alone in the same round (the median of the rounds).
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
from bench.harness.load_generator import Tally, connect_websocket, run_open_loop
from bench.harness.login import sign_in_all
from bench.harness.measurement import compute_percentiles
from bench.harness.result_table import print_goal
from bench.harness.sample_drawings import load_inks
from bench.harness.websocket_client import WebsocketClient
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
        site.run(["bench.harness.bench_users", str(NUM_OTHER_USERS + 1)])
        *keys, troublesome = sign_in_all(site.port, NUM_OTHER_USERS + 1)
        uvloop.run(_draw_history(site, troublesome, inks))
        for _ in range(options.rounds):
            for name, neighbour in CASES.items():
                beside = neighbour(site, troublesome, inks)
                tally = uvloop.run(_draw_with_neighbour(beside, site, keys, inks, options.seconds))
                p95s[name].append(compute_percentiles(tally.latencies)[1])
                _report(name, tally)
    return _check_ratios(p95s)


async def _draw_with_neighbour(
    neighbour: AbstractAsyncContextManager[None],
    site: BenchSite,
    keys: Sequence[str],
    inks: Sequence[str],
    seconds: float,
) -> Tally:
    async with neighbour:
        connect = connect_websocket(site.port, keys)
        return await run_open_loop(
            connect,
            NUM_OTHER_USERS,
            inks,
            per_s=NUM_OTHER_USERS * DRAWINGS_PER_S_EACH,
            seconds=seconds,
        )


async def _draw_history(site: BenchSite, key: str, inks: Sequence[str]) -> None:
    client = await _connect(site, key)
    for number in range(NUM_EARLIER_DRAWINGS):
        client.send(_drawing(inks[number]))
    await asyncio.sleep(2)
    client.close()


@asynccontextmanager
async def _flooder(site: BenchSite, key: str, inks: Sequence[str]) -> AsyncIterator[None]:
    client = await _connect(site, key)

    async def flood() -> None:
        started, sent = asyncio.get_running_loop().time(), 0
        while True:
            while sent < (asyncio.get_running_loop().time() - started) * FLOOD_PER_S:
                client.send(_drawing(inks[sent % len(inks)]))
                sent += 1
            await asyncio.sleep(0.005)

    async with _run_in_background(flood()):
        yield
    client.close()


@asynccontextmanager
async def _silent(site: BenchSite, key: str, inks: Sequence[str]) -> AsyncIterator[None]:
    """Draws, and hears nothing."""
    strokes = [[[0, 0], [0, 9]]]

    async def draw() -> None:
        with await _open_silent(site, key) as silent:
            while True:
                ref = str(uuid.uuid4())
                silent.send(type="draw", ref=ref, revision=1, strokes=strokes)
                await asyncio.sleep(1 / REQUESTS_PER_S)

    async with _run_in_background(draw()):
        yield


@asynccontextmanager
async def _greedy(site: BenchSite, key: str, inks: Sequence[str]) -> AsyncIterator[None]:
    """Asks for everything and hears nothing; comes again when it was cut off."""

    async def ask() -> None:
        while True:
            with await _open_silent(site, key) as silent:
                for _ in range(int(RECONNECT_DELAY_S * REQUESTS_PER_S)):
                    silent.send(type="resume", since=0)
                    await asyncio.sleep(1 / REQUESTS_PER_S)

    async with _run_in_background(ask()):
        yield


async def _open_silent(site: BenchSite, key: str) -> SilentClient:
    return await asyncio.to_thread(SilentClient(site.port, f"sessionid={key}").__enter__)


@asynccontextmanager
async def _run_in_background(work: Awaitable[None]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _no_neighbour(
    site: BenchSite, key: str, inks: Sequence[str]
) -> AbstractAsyncContextManager[None]:
    return nullcontext()


CASES: dict[str, Neighbour] = {
    "alone": _no_neighbour,
    "beside who never reads": _silent,
    "beside who asks besides": _greedy,
    "beside a flooder": _flooder,
}


async def _connect(site: BenchSite, key: str) -> WebsocketClient:
    def make() -> WebsocketClient:
        headers = {"Cookie": f"sessionid={key}"}
        return WebsocketClient(lambda text: None, host=f"127.0.0.1:{site.port}", headers=headers)

    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(make, "127.0.0.1", site.port)
    await client.opened
    return client


def _drawing(ink: str) -> bytes:
    return f'{{"type":"draw","ref":"{uuid.uuid4()}","revision":1,"strokes":{ink}}}'.encode()


def _report(name: str, tally: Tally) -> None:
    p50, p95, p99 = compute_percentiles(tally.latencies)
    times = f"p50 {p50:7.2f}  p95 {p95:7.2f}  p99 {p99:7.2f} ms"
    print(f"{name:24} {tally.answers:5} answers, lost {tally.lost}   {times}", flush=True)


def _check_ratios(p95s: dict[str, list[float]]) -> int:
    alone, *others = p95s.items()
    print(f"\n{len(alone[1])} rounds; the others' p95, as a multiple of what it was alone:")
    is_reached = True
    for name, values in others:
        ratios = [value / was for value, was in zip(values, alone[1], strict=True)]
        ratio = statistics.median(ratios)
        print_goal(f"{name} ({min(ratios):.2f} – {max(ratios):.2f})", ratio, most=MAX_RATIO)
        is_reached = is_reached and ratio <= MAX_RATIO
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
