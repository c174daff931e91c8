"""The base of all websocket consumers: handshake, authentication and error messages."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

from django.conf import settings

from recognizer.base_errors import DomainError
from recognizer.db.query_thread_pool import DatabaseUnavailable, run_query
from recognizer.protocol import error_message
from recognizer.realtime.asgi_types import Receive, Scope, Send, get_header
from recognizer.realtime.authentication import Identity, identify_session, identify_token
from recognizer.realtime.client_message_parser import CannotReadMessage, parse_message, parse_token
from recognizer.realtime.websocket_connection import ClientConnection

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
        with suppress(Disconnected):
            try:
                identity = await self._identify()
                if identity is None:
                    self.socket.close(4401)
                else:
                    self.socket.identity = identity
                    await self.handle_connection(identity)
            except DatabaseUnavailable:
                self.socket.close(1013)
            while True:  # until the client disconnects
                await self.receive_text()

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


async def run_consumer(
    consumer_class: type[BaseConsumer], scope: Scope, receive: Receive, send: Send
) -> None:
    """Accept a socket of an allowed origin and run a consumer until it ends."""
    await receive()  # websocket.connect
    if not _is_allowed_origin(scope):
        await send({"type": "websocket.close", "code": 4403})
        return
    await send({"type": "websocket.accept"})
    consumer = consumer_class(scope, receive, ClientConnection(send))
    pump = asyncio.create_task(consumer.socket.pump())
    try:
        await consumer.run()
    finally:
        pump.cancel()


def _is_allowed_origin(scope: Scope) -> bool:
    """Accept the listed origins, and programs, which send none.

    Scheme, host and port are compared as a whole, so `null` is refused.
    """
    origin = get_header(scope, b"origin")
    return origin is None or origin.lower().rstrip("/") in {
        listed.lower().rstrip("/") for listed in settings.ORIGINS
    }
