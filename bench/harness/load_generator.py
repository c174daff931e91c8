"""A load generator with a closed loop and an open loop.

Closed loop: each client sends a drawing, waits for its prediction and sends the next. Open loop:
all clients together send drawings at a fixed rate.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from bench.harness.http_client import HttpClient
from bench.harness.websocket_client import open_websocket

PREDICTION_TIMEOUT_S = 10.0
POLL_INTERVAL_S = 0.05
WARM_UP_S = 1.0
SETTLE_TIME_S = 0.5


class Connection(Protocol):
    """A connection that sends drawings and receives predictions."""

    def send(self, text: bytes, /) -> None: ...

    def close(self) -> None: ...


@dataclass
class Tally:
    """Counts of one run. Latencies are in ms, without those of the warm-up."""

    sent: int = 0
    predictions: int = 0
    duplicates: int = 0
    refused: int = 0
    latencies: list[float] = field(default_factory=list)

    @property
    def lost(self) -> int:
        return self.sent - self.predictions

    @property
    def is_complete(self) -> bool:
        """True if each drawing has exactly one prediction."""
        return not (self.lost or self.duplicates or self.refused)


class DrawingClient:
    """One user with one socket."""

    def __init__(self, tally: Tally, inks: Sequence[str], first_ink: int) -> None:
        self._tally, self._inks, self._next_ink = tally, inks, first_ink
        self._sent_at: dict[str, float] = {}
        self._completed: set[str] = set()
        self.is_closed_loop = True
        self.measure_from = self.measure_until = 0.0
        self.connection: Connection

    @property
    def is_waiting(self) -> bool:
        return bool(self._sent_at)

    def draw(self) -> None:
        ref, ink = str(uuid.uuid4()), self._inks[self._next_ink % len(self._inks)]
        self._next_ink += 1
        self._tally.sent += 1
        self._sent_at[ref] = time.perf_counter()
        self.connection.send(format_draw_message(ref, ink))

    def receive(self, text: bytes) -> None:
        if text.startswith(b'{"type":"prediction"'):
            self._record(orjson.loads(text)["ref"])
        elif text.startswith(b'{"type":"error"'):
            self._tally.refused += 1
            print(text)

    def _record(self, ref: str) -> None:
        now = time.perf_counter()
        sent_at = self._sent_at.pop(ref, None)
        if sent_at is None:
            self._tally.duplicates += ref in self._completed
            return
        self._completed.add(ref)
        self._tally.predictions += 1
        if self.measure_from <= now < self.measure_until:
            self._tally.latencies.append((now - sent_at) * 1000)
        if self.is_closed_loop:
            self.draw()


Connect = Callable[[DrawingClient, int], Awaitable[Connection]]


def format_draw_message(ref: str, ink: str) -> bytes:
    """Return the message that sends a drawing; `ink` is JSON."""
    text = f'{{"type":"draw","ref":"{ref}","revision":1,"strokes":{ink},"pointer":"pen"}}'
    return text.encode()


async def run_closed_loop(
    connect: Connect,
    num_clients: int,
    inks: Sequence[str],
    seconds: float,
    *,
    on_connected: Callable[[], None] | None = None,
) -> Tally:
    """Run the closed loop for `seconds` after the warm-up, and wait for the last predictions.

    `on_connected` is called when all clients are connected, before the first drawing.
    """
    tally = Tally()
    clients = await _connect_clients(connect, num_clients, inks, tally, seconds)
    if on_connected:
        on_connected()
    for client in clients:
        client.draw()
    await asyncio.sleep(WARM_UP_S + seconds)
    for client in clients:
        client.is_closed_loop = False
    await _close_all(clients)
    return tally


async def run_open_loop(
    connect: Connect, num_clients: int, inks: Sequence[str], *, per_s: float, seconds: float
) -> Tally:
    """Send `per_s` drawings per second at even intervals, from each client in turn."""
    tally = Tally()
    clients = await _connect_clients(connect, num_clients, inks, tally, seconds)
    for client in clients:
        client.is_closed_loop = False
    started, number = time.perf_counter(), 0
    while (passed := time.perf_counter() - started) < WARM_UP_S + seconds:
        while number < passed * per_s:
            clients[number % num_clients].draw()
            number += 1
        await asyncio.sleep(0.002)
    await _close_all(clients)
    return tally


def connect_websocket(ports: Sequence[int], keys: Sequence[str]) -> Connect:
    """Return a function that opens a websocket with the session key of a user.

    Clients are distributed over the ports of the web processes.
    """

    async def connect(client: DrawingClient, number: int) -> Connection:
        port = ports[number % len(ports)]
        return await open_websocket(
            client.receive, port=port, session_key=keys[number], site_port=ports[0]
        )

    return connect


def connect_http(port: int) -> Connect:
    """Return a function that opens a connection to a peer, which has no users."""

    async def connect(client: DrawingClient, number: int) -> Connection:
        return HttpClient(client.receive, port=port)

    return connect


async def _connect_clients(
    connect: Connect, num_clients: int, inks: Sequence[str], tally: Tally, seconds: float
) -> list[DrawingClient]:
    clients = [DrawingClient(tally, inks, number * 7) for number in range(num_clients)]
    for number, client in enumerate(clients):
        client.connection = await connect(client, number)
    await asyncio.sleep(SETTLE_TIME_S)
    measure_from = time.perf_counter() + WARM_UP_S
    for client in clients:
        client.measure_from, client.measure_until = measure_from, measure_from + seconds
    return clients


async def _close_all(clients: Sequence[DrawingClient]) -> None:
    for _ in range(int(PREDICTION_TIMEOUT_S / POLL_INTERVAL_S)):
        if not any(client.is_waiting for client in clients):
            break
        await asyncio.sleep(POLL_INTERVAL_S)
    await asyncio.sleep(SETTLE_TIME_S)  # a duplicate arrives soon after the first
    for client in clients:
        client.connection.close()
