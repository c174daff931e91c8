"""The base of all websocket consumers: handshake, authentication and error messages."""

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
    """The socket is closed."""


class BaseConsumer:
    """A client, from the handshake until it disconnects."""

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
                await self.handle_connection(identity)
        except DatabaseUnavailable:
            self.socket.close(1013)
        except Disconnected:
            return
        await self._wait_until_closed()

    async def handle_connection(self, identity: Identity) -> None:
        """Serve an authenticated client. May raise DatabaseUnavailable and Disconnected."""
        raise NotImplementedError

    async def receive_text(self) -> str | None:
        """Return the next text frame, or None for a binary one. Raises Disconnected."""
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            raise Disconnected
        text: str | None = event.get("text")
        return text

    def put_error(self, error: DomainError, **reference: Any) -> None:
        """Send a domain error; `reference` is the result of `extract_reference`."""
        self.socket.put(
            error_message(error.code, error.message, **reference, retry_after_s=error.retry_after_s)
        )

    async def _identify(self) -> Identity | None:
        """Authenticate by the session, else by a token that arrives within TOKEN_TIMEOUT_S."""
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
    make_consumer: Callable[[Scope, Receive, ClientConnection], BaseConsumer],
) -> None:
    """Accept a socket of an allowed origin and run a consumer until it ends."""
    await receive()  # websocket.connect
    if not is_allowed_origin(scope):
        await send({"type": "websocket.close", "code": 4403})
        return
    await send({"type": "websocket.accept"})
    consumer = make_consumer(scope, receive, ClientConnection(send))
    pump = asyncio.create_task(consumer.socket.pump())
    try:
        await consumer.run()
    finally:
        pump.cancel()
