"""ASGI middleware that runs the requests of a user one after another, and those of an address.

Each running request has a thread. With ten threads of one client, the event loop would wait ten
times for the interpreter lock at each step of another user's drawing. While requests of a payer
wait, each pauses as long as the one before ran, so that a flood of pages leaves half of the time.

A guest first waits for its own place, then for that of its address. So each guest has one request
in the queue of the address, and they take turns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from recognizer.middleware.body_size_limit import send_refusal
from recognizer.middleware.early_refusal import find_payer
from recognizer.payers import Payer, shared_payer
from recognizer.realtime.asgi_types import Application, Event, Receive, Scope, Send

MAX_WAITING_REQUESTS = 100
"""Requests of one payer that wait; further ones are refused."""
RETRY_AFTER_S = 1.0
MAX_PAUSE_S = 0.02
PLACE_KEY = "digitsite.place"
"""The key of the place in the scope of a request."""


class TooManyWaiting(Exception):
    """MAX_WAITING_REQUESTS requests of the payer wait already."""


@dataclass(slots=True)
class _Gate:
    """The place of a payer or of an address. It exists while there are requests."""

    place: asyncio.Lock = field(default_factory=asyncio.Lock)
    num_requests: int = 0
    num_waiting: int = 0

    async def take(self) -> None:
        if self.num_waiting >= MAX_WAITING_REQUESTS:
            raise TooManyWaiting
        self.num_waiting += 1
        try:
            await self.place.acquire()
        finally:
            self.num_waiting -= 1


class _Place:
    """The places of one request. They are taken once and freed once."""

    def __init__(self, gates: Sequence[_Gate]) -> None:
        self._gates = gates
        self._taken: list[_Gate] = []
        self._started_at = 0.0
        self._loop = asyncio.get_running_loop()

    async def take(self) -> None:
        """Wait for the places, in order. Raises TooManyWaiting."""
        for gate in self._gates:
            await gate.take()
            self._taken.append(gate)
        self._started_at = self._loop.time()

    def free(self) -> None:
        """Free the places after a pause. Only requests that wait already notice it."""
        pause_s = min(MAX_PAUSE_S, self._loop.time() - self._started_at)
        while self._taken:
            self._loop.call_later(pause_s, self._taken.pop().place.release)

    def free_from_thread(self) -> None:
        self._loop.call_soon_threadsafe(self.free)


_gates: dict[Payer, _Gate] = {}


def limit_parallel_requests(application: Any) -> Application:
    """Let one request of a payer run, from the end of its body to the start of its response.

    Further ones wait. A slow body takes no place, nor does a streamed response.
    """

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        with _enter_gates(find_payer(scope)) as place:

            async def receive_and_wait() -> Event:
                event = await receive()
                if event["type"] == "http.request" and not event.get("more_body"):
                    await place.take()
                return event

            async def free_and_send(event: Event) -> None:
                place.free()
                await send(event)

            try:
                await application({**scope, PLACE_KEY: place}, receive_and_wait, free_and_send)
            except TooManyWaiting:
                await _refuse(scope, send)

    return limited


def free_place(request: HttpRequest) -> None:
    """Let the payer's next request run while this one waits for a prediction.

    Called by a view, in its thread. Without the middleware it does nothing.
    """
    place: _Place | None = getattr(request, "scope", {}).get(PLACE_KEY)
    if place is not None:
        place.free_from_thread()


async def _refuse(scope: Scope, send: Send) -> None:
    message = "Too many requests at the same time; wait for the responses."
    await send_refusal(scope, send, 429, "rate_limited", message, retry_after_s=RETRY_AFTER_S)
    await send({"type": "http.response.body"})


@contextmanager
def _enter_gates(payer: Payer) -> Iterator[_Place]:
    keys = list(dict.fromkeys((payer, shared_payer(payer))))
    gates = [_gates.setdefault(key, _Gate()) for key in keys]
    for gate in gates:
        gate.num_requests += 1
    place = _Place(gates)
    try:
        yield place
    finally:
        place.free()
        for key, gate in zip(keys, gates, strict=True):
            gate.num_requests -= 1
            if not gate.num_requests:
                del _gates[key]
