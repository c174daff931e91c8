"""What the others notice of one who never reads, and of one who sends 200 drawings a second:
`python -m bench.neighbours [--seconds 6] [--rounds 5]`.

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

from bench.cases import find_percentiles
from bench.client import Client
from bench.inks import load_inks
from bench.load import Tally, by_socket, run_open
from bench.login import log_in_everybody
from bench.report import print_goal
from bench.site import Site
from tests.faults.silent import Silent

USUAL = {"DRAWINGS_PER_MINUTE": "600", "DRAWINGS_BURST": "120", "DRAWINGS_QUEUED": "200"}
OTHERS = 8
PER_S_EACH = 5
FLOOD_PER_S = 200
DRAWN_BEFORE = 100
ASKS_PER_S = 10
COMES_BACK_AFTER_S = 2.0
AT_MOST = 1.5

Neighbour = Callable[[Site, str, Sequence[str]], AbstractAsyncContextManager[None]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    inks = load_inks()
    p95s: dict[str, list[float]] = {name: [] for name in CASES}
    with Site(environment=USUAL) as site:
        site.run(["bench.people", str(OTHERS + 1)])
        *keys, troublesome = log_in_everybody(site.port, OTHERS + 1)
        uvloop.run(_draw_before(site, troublesome, inks))
        for _ in range(options.rounds):
            for name, neighbour in CASES.items():
                beside = neighbour(site, troublesome, inks)
                tally = uvloop.run(_draw_beside(beside, site, keys, inks, options.seconds))
                p95s[name].append(find_percentiles(tally.latencies)[1])
                _report(name, tally)
    return _judge(p95s)


async def _draw_beside(
    neighbour: AbstractAsyncContextManager[None],
    site: Site,
    keys: Sequence[str],
    inks: Sequence[str],
    seconds: float,
) -> Tally:
    async with neighbour:
        connect = by_socket(site.port, keys)
        return await run_open(connect, OTHERS, inks, per_s=OTHERS * PER_S_EACH, seconds=seconds)


async def _draw_before(site: Site, key: str, inks: Sequence[str]) -> None:
    client = await _connect(site, key)
    for number in range(DRAWN_BEFORE):
        client.send(_drawing(inks[number]))
    await asyncio.sleep(2)
    client.close()


@asynccontextmanager
async def _flooder(site: Site, key: str, inks: Sequence[str]) -> AsyncIterator[None]:
    client = await _connect(site, key)

    async def flood() -> None:
        started, sent = asyncio.get_running_loop().time(), 0
        while True:
            while sent < (asyncio.get_running_loop().time() - started) * FLOOD_PER_S:
                client.send(_drawing(inks[sent % len(inks)]))
                sent += 1
            await asyncio.sleep(0.005)

    async with _going_on(flood()):
        yield
    client.close()


@asynccontextmanager
async def _silent(site: Site, key: str, inks: Sequence[str]) -> AsyncIterator[None]:
    """Draws, and hears nothing."""
    strokes = [[[0, 0], [0, 9]]]

    async def draw() -> None:
        with await _open_silent(site, key) as silent:
            while True:
                ref = str(uuid.uuid4())
                silent.say(type="draw", ref=ref, revision=1, strokes=strokes)
                await asyncio.sleep(1 / ASKS_PER_S)

    async with _going_on(draw()):
        yield


@asynccontextmanager
async def _greedy(site: Site, key: str, inks: Sequence[str]) -> AsyncIterator[None]:
    """Asks for everything and hears nothing; comes again when it was cut off."""

    async def ask() -> None:
        while True:
            with await _open_silent(site, key) as silent:
                for _ in range(int(COMES_BACK_AFTER_S * ASKS_PER_S)):
                    silent.say(type="resume", since=0)
                    await asyncio.sleep(1 / ASKS_PER_S)

    async with _going_on(ask()):
        yield


async def _open_silent(site: Site, key: str) -> Silent:
    return await asyncio.to_thread(Silent(site.port, f"sessionid={key}").__enter__)


@asynccontextmanager
async def _going_on(work: Awaitable[None]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _nobody(site: Site, key: str, inks: Sequence[str]) -> AbstractAsyncContextManager[None]:
    return nullcontext()


CASES: dict[str, Neighbour] = {
    "alone": _nobody,
    "beside who never reads": _silent,
    "beside who asks besides": _greedy,
    "beside a flooder": _flooder,
}


async def _connect(site: Site, key: str) -> Client:
    def make() -> Client:
        headers = {"Cookie": f"sessionid={key}"}
        return Client(lambda text: None, host=f"127.0.0.1:{site.port}", headers=headers)

    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(make, "127.0.0.1", site.port)
    await client.opened
    return client


def _drawing(ink: str) -> bytes:
    return f'{{"type":"draw","ref":"{uuid.uuid4()}","revision":1,"strokes":{ink}}}'.encode()


def _report(name: str, tally: Tally) -> None:
    p50, p95, p99 = find_percentiles(tally.latencies)
    times = f"p50 {p50:7.2f}  p95 {p95:7.2f}  p99 {p99:7.2f} ms"
    print(f"{name:24} {tally.answers:5} answers, lost {tally.lost}   {times}", flush=True)


def _judge(p95s: dict[str, list[float]]) -> int:
    alone, *others = p95s.items()
    print(f"\n{len(alone[1])} rounds; the others' p95, as a multiple of what it was alone:")
    is_reached = True
    for name, values in others:
        ratios = [value / was for value, was in zip(values, alone[1], strict=True)]
        ratio = statistics.median(ratios)
        print_goal(f"{name} ({min(ratios):.2f} – {max(ratios):.2f})", ratio, most=AT_MOST)
        is_reached = is_reached and ratio <= AT_MOST
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
