"""The load generator: each socket or connection sends a drawing, waits for its answer, sends the
next (closed loop), or all together send so many a second whatever comes back (open loop)."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from bench.harness.http_client import HttpClient
from bench.harness.websocket_client import WebsocketClient

PREDICTION_TIMEOUT_S = 10.0
POLL_INTERVAL_S = 0.05
WARM_UP_S = 1.0
SETTLE_TIME_S = 0.5


class Connection(Protocol):
    """What carries drawings there and answers back."""

    def send(self, text: bytes, /) -> None: ...

    def close(self) -> None: ...


@dataclass
class Tally:
    """What one run saw; latencies in ms, those of the warm-up left out."""

    sent: int = 0
    answers: int = 0
    duplicates: int = 0
    refused: int = 0
    latencies: list[float] = field(default_factory=list)

    @property
    def lost(self) -> int:
        return self.sent - self.answers


class Drawer:
    """One person with one socket."""

    def __init__(self, tally: Tally, inks: Sequence[str], at: int) -> None:
        self._tally, self._inks, self._at = tally, inks, at
        self._awaited: dict[str, float] = {}
        self._answered: set[str] = set()
        self.draws_on = True
        self.warm_at = self.ends_at = 0.0
        self.connection: Connection

    @property
    def unanswered(self) -> int:
        return len(self._awaited)

    def draw(self) -> None:
        ref, ink = str(uuid.uuid4()), self._inks[self._at % len(self._inks)]
        self._at += 1
        self._tally.sent += 1
        self._awaited[ref] = time.perf_counter()
        text = f'{{"type":"draw","ref":"{ref}","revision":1,"strokes":{ink},"pointer":"pen"}}'
        self.connection.send(text.encode())

    def receive(self, text: bytes) -> None:
        if text.startswith(b'{"type":"prediction"'):
            self._note(orjson.loads(text)["ref"])
        elif text.startswith(b'{"type":"error"'):
            self._tally.refused += 1
            print(text)

    def _note(self, ref: str) -> None:
        now = time.perf_counter()
        sent_at = self._awaited.pop(ref, None)
        if sent_at is None:
            self._tally.duplicates += ref in self._answered
            return
        self._answered.add(ref)
        self._tally.answers += 1
        if self.warm_at <= now < self.ends_at:
            self._tally.latencies.append((now - sent_at) * 1000)
        if self.draws_on:
            self.draw()


Connect = Callable[[Drawer, int], Awaitable[Connection]]


async def run_closed_loop(
    connect: Connect, clients: int, inks: Sequence[str], seconds: float
) -> Tally:
    """Closed loop for `seconds` after the warm-up; waits for the last answers."""
    tally = Tally()
    drawers = await _gather_drawers(connect, clients, inks, tally)
    _set_deadlines(drawers, seconds)
    for drawer in drawers:
        drawer.draw()
    await asyncio.sleep(seconds + WARM_UP_S)
    for drawer in drawers:
        drawer.draws_on = False
    await _close_all(drawers)
    return tally


async def run_open_loop(
    connect: Connect, clients: int, inks: Sequence[str], *, per_s: float, seconds: float
) -> Tally:
    """Open loop: `per_s` drawings a second, evenly, one client after the other."""
    tally = Tally()
    drawers = await _gather_drawers(connect, clients, inks, tally)
    _set_deadlines(drawers, seconds)
    for drawer in drawers:
        drawer.draws_on = False
    started, number = time.perf_counter(), 0
    while (passed := time.perf_counter() - started) < seconds + WARM_UP_S:
        while number < passed * per_s:
            drawers[number % clients].draw()
            number += 1
        await asyncio.sleep(0.002)
    await _close_all(drawers)
    return tally


def connect_websocket(port: int, keys: Sequence[str]) -> Connect:
    """The site's socket, each with the session of a person of its own."""

    async def connect(drawer: Drawer, number: int) -> Connection:
        def make() -> WebsocketClient:
            headers = {"Cookie": f"sessionid={keys[number]}"}
            return WebsocketClient(drawer.receive, host=f"127.0.0.1:{port}", headers=headers)

        loop = asyncio.get_running_loop()
        _, client = await loop.create_connection(make, "127.0.0.1", port)
        await client.opened
        return client

    return connect


def connect_http(port: int) -> Connect:
    """A peer's HTTP, with keep-alive; it knows no people."""

    async def connect(drawer: Drawer, number: int) -> Connection:
        return HttpClient(drawer.receive, port=port)

    return connect


async def _gather_drawers(
    connect: Connect, clients: int, inks: Sequence[str], tally: Tally
) -> list[Drawer]:
    drawers = [Drawer(tally, inks, number * 7) for number in range(clients)]
    for number, drawer in enumerate(drawers):
        drawer.connection = await connect(drawer, number)
    await asyncio.sleep(SETTLE_TIME_S)
    return drawers


def _set_deadlines(drawers: Sequence[Drawer], seconds: float) -> None:
    warm_at = time.perf_counter() + WARM_UP_S
    for drawer in drawers:
        drawer.warm_at, drawer.ends_at = warm_at, warm_at + seconds


async def _close_all(drawers: Sequence[Drawer]) -> None:
    for _ in range(int(PREDICTION_TIMEOUT_S / POLL_INTERVAL_S)):
        if not any(drawer.unanswered for drawer in drawers):
            break
        await asyncio.sleep(POLL_INTERVAL_S)
    await asyncio.sleep(SETTLE_TIME_S)  # an answer that comes twice comes soon
    for drawer in drawers:
        drawer.connection.close()
