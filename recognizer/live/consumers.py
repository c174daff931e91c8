"""`/ws/recognize/`: drawings in, answers out. Written against ASGI itself: on the hot path there is
no task, no thread and no database connection for each message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from django.conf import settings

from recognizer import intake, limits
from recognizer.changes import read_state
from recognizer.contract import JSON, error_message, queued_message
from recognizer.intake import Accepted, CannotAccept, Outcome
from recognizer.labels import CannotLabel, claim_label
from recognizer.live.asgi import Receive, Scope, Send
from recognizer.live.database import DatabaseIsAway, ask_database
from recognizer.live.hub import this_hub
from recognizer.live.identity import Identity
from recognizer.live.messages import (
    CannotReadMessage,
    Draw,
    read_about,
    read_beside,
    read_draw,
    read_label,
    read_message,
    read_since,
)
from recognizer.live.socket import Socket
from recognizer.live.visit import Visit, let_in
from recognizer.models import LabelSource

COMES_AGAIN_AFTER_S = 5.0
MOST_UNWRITTEN = 64
"""Drawings of one socket that wait to be written; until then nothing more is read from it."""


Handler = Callable[[JSON], Awaitable[None]]


async def recognize_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application of one socket."""
    await let_in(scope, receive, send, Conversation)


class Conversation(Visit):
    """One client's messages, in their order."""

    def __init__(self, scope: Scope, receive: Receive, socket: Socket) -> None:
        super().__init__(scope, receive, socket)
        self._user_id = 0
        self._unwritten = 0
        self._has_room = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._handlers: dict[str, Handler] = {
            "draw": self._draw,
            "claim": self._label,
            "side_by_side": self._beside,
            "resume": self._resume,
            "auth": self._auth_again,
        }

    async def talk(self, identity: Identity) -> None:
        self._user_id = identity.user_id
        hub = this_hub()
        if hub.is_full(self._user_id):
            detail = f"You have {settings.SOCKETS_PER_USER} connections open; close one of them."
            again = COMES_AGAIN_AFTER_S
            self.socket.put(error_message("rate_limited", detail, retry_after_s=again))
            self.socket.close(4429)
            return
        try:
            await hub.join(self.socket, self._user_id)
            while True:
                text = await self.next_text()
                if text is None:
                    self.socket.put(error_message("binary"))
                else:
                    await self._handle(text)
        finally:
            hub.leave(self.socket, self._user_id)

    async def _handle(self, text: str) -> None:
        try:
            message = read_message(text)
            handle = self._handlers.get(message["type"])
            if handle is None:
                raise CannotReadMessage("unknown_type")
            await self._within_limits(handle, message)
        except CannotReadMessage as error:
            self.socket.put(error_message(error.code, error.detail, **error.about))

    async def _within_limits(self, handle: Handler, message: JSON) -> None:
        try:
            limits.spend(self._user_id)
            await handle(message)
        except limits.TooMany as error:
            about = {**read_about(message), "retry_after_s": error.retry_after_s}
            raise CannotReadMessage(error.code, error.detail, **about) from None

    async def _draw(self, message: JSON) -> None:
        draw = read_draw(message)
        if not limits.take_room(self._user_id):
            await self._make_room(draw)
        await self._wait_until_written(fewer_than=MOST_UNWRITTEN)
        self._unwritten += 1
        intake.submit_from_loop(
            owner_id=self._user_id,
            ref=draw.ref,
            revision=draw.revision,
            ink=draw.ink,
            pointer=draw.pointer,
            answer=partial(self._acknowledge, draw),
        )

    async def _make_room(self, draw: Draw) -> None:
        """Only what is written can be counted, so what is on its way is waited for."""
        await self._wait_until_written(fewer_than=1)
        try:
            await ask_database(partial(limits.make_room, self._user_id))
        except DatabaseIsAway:
            ref, revision = str(draw.ref), draw.revision
            refusal = CannotReadMessage("unavailable", ref=ref, revision=revision, retry_after_s=2)
            raise refusal from None

    async def _wait_until_written(self, *, fewer_than: int) -> None:
        while self._unwritten >= fewer_than:
            self._has_room.clear()
            await self._has_room.wait()

    def _acknowledge(self, draw: Draw, outcome: Outcome) -> None:
        self._unwritten -= 1
        self._has_room.set()
        ref, revision = str(draw.ref), draw.revision
        if isinstance(outcome, CannotAccept):
            again = outcome.retry_after_s
            refusal = error_message(outcome.code, ref=ref, revision=revision, retry_after_s=again)
            self.socket.put(refusal)
            return
        self.socket.put(queued_message(ref=ref, revision=revision, id=str(outcome.id)))
        if outcome.status != "queued":
            self._start(self._tell_again(outcome))

    async def _tell_again(self, accepted: Accepted) -> None:
        """The same drawing came again after its answer: the same answer goes to this socket."""
        query = partial(read_state, user_id=self._user_id, drawing_id=accepted.id)
        try:
            events = await ask_database(query)
        except DatabaseIsAway:
            return  # it comes again with the next resume
        for event in events:
            self.socket.put(event)

    async def _label(self, message: JSON) -> None:
        claim = read_label(message)
        await self._wait_until_written(fewer_than=1)  # it is about what was drawn before
        store = partial(
            claim_label,
            owner_id=self._user_id,
            drawing_id=claim.id,
            value=claim.value,
            source=LabelSource.SOCKET,
            revision=claim.revision,
        )
        try:
            await ask_database(store)
        except CannotLabel as error:
            raise CannotReadMessage(error.code, id=str(claim.id)) from error
        except DatabaseIsAway:
            id = str(claim.id)
            raise CannotReadMessage("unavailable", id=id, retry_after_s=2) from None

    async def _beside(self, message: JSON) -> None:
        this_hub().beside.ask(self.socket, read_beside(message, self._user_id))

    async def _resume(self, message: JSON) -> None:
        await this_hub().resume(self.socket, self._user_id, since=read_since(message))

    async def _auth_again(self, message: JSON) -> None:
        raise CannotReadMessage("bad_message", "You are signed in already.")

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
