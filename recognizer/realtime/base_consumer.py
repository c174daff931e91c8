"""What every socket does before it talks: looks at the origin, and finds out who is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from recognizer.db.async_queries import DatabaseUnavailable, run_query
from recognizer.errors import DomainError
from recognizer.protocol import error_message
from recognizer.realtime.asgi_types import Receive, Scope, Send
from recognizer.realtime.authentication import Identity, identify_session, identify_token
from recognizer.realtime.client_messages import CannotReadMessage, parse_message, parse_token
from recognizer.realtime.connection import ClientConnection
from recognizer.realtime.origin import is_allowed_origin

TOKEN_TIMEOUT_S = 5.0


class Disconnected(Exception):
    """The client has gone, or was closed."""


class BaseConsumer:
    """One client, from the handshake to the end."""

    def __init__(self, scope: Scope, receive: Receive, socket: ClientConnection) -> None:
        self.socket = socket
        self._scope = scope
        self._receive = receive

    async def run(self) -> None:
        try:
            identity = await self._identify()
            if identity is None:
                self.socket.close(4401)
            else:
                self.socket.identity = identity
                await self.talk(identity)
        except DatabaseUnavailable:
            self.socket.close(1013)
        except Disconnected:
            return
        await self._wait_until_closed()

    async def talk(self, identity: Identity) -> None:
        """Everything this socket is there for. May raise DatabaseIsAway and Disconnected."""
        raise NotImplementedError

    def put_error(self, error: DomainError, **reference: Any) -> None:
        """Send a domain error; `reference` is what `extract_reference` returns."""
        self.socket.put(
            error_message(error.code, error.message, **reference, retry_after_s=error.retry_after_s)
        )

    async def receive_text(self) -> str | None:
        """The next text frame; None for a binary one. Raises Disconnected."""
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            raise Disconnected
        text: str | None = event.get("text")
        return text

    async def _identify(self) -> Identity | None:
        """From the session, else from a token that comes in time."""
        identity = await run_query(partial(identify_session, self._scope))
        if identity is not None:
            return identity
        try:
            async with asyncio.timeout(TOKEN_TIMEOUT_S):
                return await self._receive_token()
        except TimeoutError:
            return None

    async def _receive_token(self) -> Identity | None:
        while True:
            try:
                message = parse_message(await self.receive_text() or "")
                if message["type"] == "auth":
                    return await run_query(partial(identify_token, parse_token(message)))
                raise CannotReadMessage("not_authenticated")
            except CannotReadMessage as error:
                self.put_error(error)

    async def _wait_until_closed(self) -> None:
        try:
            while True:
                await self.receive_text()
        except Disconnected:
            return


async def run_consumer(
    scope: Scope,
    receive: Receive,
    send: Send,
    make: Callable[[Scope, Receive, ClientConnection], BaseConsumer],
) -> None:
    """Accept the socket of a page of ours, or of a program, and let it talk until it ends."""
    await receive()  # websocket.connect
    if not is_allowed_origin(scope):
        await send({"type": "websocket.close", "code": 4403})
        return
    await send({"type": "websocket.accept"})
    visit = make(scope, receive, ClientConnection(send))
    pump = asyncio.create_task(visit.socket.pump())
    try:
        await visit.run()
    finally:
        pump.cancel()
