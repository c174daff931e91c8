"""ASGI middleware that runs the requests of a user one after another, and those of an address.

Guests share the place of their address. Each running request has a thread. With ten threads of one
client, the event loop would wait ten times for the interpreter lock at each step of another user's
drawing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from recognizer.body_size_limit import send_refusal
from recognizer.early_refusal import find_payer
from recognizer.rate_limits import Payer, address_payer, find_guest_address
from recognizer.realtime.asgi_types import Application, Event, Receive, Scope, Send

MAX_PARALLEL_REQUESTS = 1
MAX_WAITING_REQUESTS = 100
"""Requests of one payer that wait; further ones are refused."""
RETRY_AFTER_S = 1.0
SUBMISSION_PATH = "/api/v1/drawings/"


class TooManyWaiting(Exception):
    """MAX_WAITING_REQUESTS requests of the payer wait already."""


@dataclass(slots=True)
class _Gate:
    """The requests of one payer. It exists while there are any."""

    places: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(MAX_PARALLEL_REQUESTS)
    )
    num_requests: int = 0
    num_waiting: int = 0


class _Place:
    """The place of one request. It is taken once and freed once."""

    def __init__(self, gate: _Gate) -> None:
        self._gate = gate
        self._is_taken = False

    async def take(self) -> None:
        """Wait for a place. Raises TooManyWaiting."""
        if self._gate.num_waiting >= MAX_WAITING_REQUESTS:
            raise TooManyWaiting
        self._gate.num_waiting += 1
        try:
            await self._gate.places.acquire()
        finally:
            self._gate.num_waiting -= 1
        self._is_taken = True

    def free(self) -> None:
        if self._is_taken:
            self._is_taken = False
            self._gate.places.release()


_gates: dict[Payer, _Gate] = {}


def limit_parallel_requests(application: Any) -> Application:
    """Let requests beyond the number wait, from the end of the body to the start of the response.

    A slow body takes no place, nor does a streamed response, or a request that waits for a
    prediction.
    """

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(settings.STATIC_URL) or _waits_for_prediction(scope):
            await application(scope, receive, send)
            return
        payer = find_payer(scope) or address_payer((scope.get("client") or ("",))[0])
        payer = find_guest_address(payer) or payer
        with _enter_gate(payer) as place:

            async def receive_and_wait() -> Event:
                event = await receive()
                if event["type"] == "http.request" and not event.get("more_body"):
                    await place.take()
                return event

            async def free_and_send(event: Event) -> None:
                place.free()
                await send(event)

            try:
                await application(scope, receive_and_wait, free_and_send)
            except TooManyWaiting:
                await _refuse(scope, send)

    return limited


def _waits_for_prediction(scope: Scope) -> bool:
    is_submission = scope["method"] == "POST" and scope["path"].startswith(SUBMISSION_PATH)
    return is_submission and b"wait=" in scope["query_string"]


async def _refuse(scope: Scope, send: Send) -> None:
    message = "Too many requests at the same time; wait for the responses."
    await send_refusal(scope, send, 429, "rate_limited", message, retry_after_s=RETRY_AFTER_S)
    await send({"type": "http.response.body"})


@contextmanager
def _enter_gate(payer: Payer) -> Iterator[_Place]:
    gate = _gates.setdefault(payer, _Gate())
    gate.num_requests += 1
    place = _Place(gate)
    try:
        yield place
    finally:
        place.free()
        gate.num_requests -= 1
        if not gate.num_requests:
            del _gates[payer]
