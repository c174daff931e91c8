"""The consumer of `/ws/recognize/`: drawings in, predictions out.

It uses ASGI directly: the hot path has no task, thread or database connection per message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from recognizer import ingest, rate_limits, request_costs
from recognizer.base_errors import DomainError
from recognizer.db.query_thread_pool import DatabaseUnavailable, run_query
from recognizer.drawings.changes_since_cursor import load_state_events
from recognizer.drawings.site_storage import check_site_storage
from recognizer.ingest import Accepted, CannotAccept, Outcome
from recognizer.models import LabelSource
from recognizer.payers import Payer
from recognizer.protocol import JSON, queued_message
from recognizer.rate_limits import RateLimited
from recognizer.realtime.asgi_types import Receive, Scope
from recognizer.realtime.authentication import Identity
from recognizer.realtime.base_consumer import BaseConsumer
from recognizer.realtime.client_message_parser import (
    CannotReadMessage,
    DrawMessage,
    extract_reference,
    parse_claim,
    parse_draw,
    parse_epoch,
    parse_message,
    parse_side_by_side,
    parse_since,
)
from recognizer.realtime.event_delivery_hub import get_hub
from recognizer.realtime.socket_limit import SocketLimit
from recognizer.realtime.websocket_connection import ClientConnection
from recognizer.review.owner_claims import set_claim

MAX_UNSTORED_DRAWINGS = 64
"""Drawings of one socket that wait to be stored; beyond that, the socket is not read."""


Handler = Callable[[JSON], Awaitable[None]]


class RecognizeConsumer(BaseConsumer):
    """A client whose messages are handled in order."""

    limit = SocketLimit()

    def __init__(self, scope: Scope, receive: Receive, socket: ClientConnection) -> None:
        super().__init__(scope, receive, socket)
        self._user_id = 0
        self._payer: Payer = 0
        self._paid = 0.0  # for the current message
        self._num_unstored = 0
        self._slot_freed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._handlers: dict[str, Handler] = {
            "draw": self._draw,
            "claim": self._claim,
            "side_by_side": self._side_by_side,
            "resume": self._resume,
            "auth": self._refuse_second_auth,
        }

    async def handle_connection(self, identity: Identity) -> None:
        self._user_id, self._payer = identity.user_id, identity.payer
        hub = get_hub()
        try:
            await hub.join(self.socket, identity)
            while True:
                text = await self.receive_text()
                await self._handle(text)
        finally:
            hub.leave(self.socket, self._user_id)

    async def _handle(self, text: str | None) -> None:
        message: JSON = {}
        self._paid = 0
        # Before parsing, so that invalid messages count too.
        over_budget = self._spend(request_costs.ink_size_cost(len(text or "")))
        try:
            message = parse_message(text)
            handle = self._handlers.get(message["type"])
            if handle is None:
                raise CannotReadMessage("unknown_type")
            over_budget = over_budget or self._spend(request_costs.message_cost(message["type"]))
            if over_budget is not None:
                raise over_budget
            await handle(message)
        except CannotReadMessage as error:
            self.refuse(error, **extract_reference(message))
        except DomainError as error:
            self.put_error(error, **extract_reference(message))
        if over_budget is not None:
            await self.pause(over_budget)

    def _spend(self, cost: float) -> RateLimited | None:
        """Spend the part of a cost that the current message has not spent."""
        if cost > self._paid:
            try:
                rate_limits.consume_tokens(self._payer, cost, paid=self._paid)
            except RateLimited as error:
                return error
            self._paid = cost
        return None

    async def _draw(self, message: JSON) -> None:
        draw = parse_draw(message)
        over_budget = self._spend(request_costs.ink_cost(draw.ink.points))
        if over_budget is not None:
            self.put_error(over_budget, **extract_reference(message))
            await self.pause(over_budget)
            return
        check_site_storage()
        rate_limits.consume_stored_bytes(self._payer, len(draw.ink.json))
        if not rate_limits.try_acquire_slots(self._user_id):
            # Only stored drawings can be counted, so wait for those on their way.
            await self._wait_until_stored(fewer_than=1)
            await run_query(partial(rate_limits.acquire_slots, self._user_id))
        await self._wait_until_stored(fewer_than=MAX_UNSTORED_DRAWINGS)
        self._num_unstored += 1
        ingest.submit_with_callback(
            owner_id=self._user_id,
            ref=draw.ref,
            revision=draw.revision,
            ink=draw.ink,
            pointer=draw.pointer,
            age_s=draw.age_s,
            on_outcome=partial(self._acknowledge, draw),
        )

    async def _wait_until_stored(self, *, fewer_than: int) -> None:
        while self._num_unstored >= fewer_than:
            self._slot_freed.clear()
            await self._slot_freed.wait()

    def _acknowledge(self, draw: DrawMessage, outcome: Outcome) -> None:
        self._num_unstored -= 1
        self._slot_freed.set()
        ref, revision = str(draw.ref), draw.revision
        if isinstance(outcome, CannotAccept):
            self.put_error(outcome, ref=ref, revision=revision)
            return
        self.socket.put(queued_message(ref=ref, revision=revision, id=str(outcome.id)))
        if outcome.status != "queued":
            self._start(self._resend_result(outcome))

    async def _resend_result(self, accepted: Accepted) -> None:
        """Send the stored prediction again: the client sent a drawing that already has one."""
        query = partial(load_state_events, user_id=self._user_id, drawing_id=accepted.id)
        try:
            events = await run_query(query)
        except DatabaseUnavailable:
            return  # the next resume sends them
        for event in events:
            self.socket.put(event)

    async def _claim(self, message: JSON) -> None:
        claim = parse_claim(message)
        await self._wait_until_stored(fewer_than=1)  # the claim is about an earlier message
        store = partial(
            set_claim,
            owner_id=self._user_id,
            drawing_id=claim.id,
            value=claim.value,
            source=LabelSource.SOCKET,
            revision=claim.revision,
        )
        await run_query(store)

    async def _side_by_side(self, message: JSON) -> None:
        get_hub().side_by_side.request(self.socket, parse_side_by_side(message, self._user_id))

    async def _resume(self, message: JSON) -> None:
        since, epoch = parse_since(message), parse_epoch(message)
        try:
            await get_hub().resume(self.socket, self._user_id, since=since, epoch=epoch)
        except DatabaseUnavailable:
            self.socket.close(1013)  # the client resumes again after it has reconnected

    async def _refuse_second_auth(self, message: JSON) -> None:
        raise CannotReadMessage("bad_message", "You are signed in already.")

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
