"""The base of all websocket consumers: handshake, authentication and error messages."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import DisallowedHost

from recognizer import rate_limits, request_costs
from recognizer.base_errors import DomainError
from recognizer.db.query_thread_pool import DatabaseUnavailable, run_query
from recognizer.payers import Payer, address_payer
from recognizer.protocol import error_message
from recognizer.rate_limits import RateLimited
from recognizer.realtime.asgi_types import Receive, Scope, Send, build_page_request, get_header
from recognizer.realtime.authentication import Identity, identify_session, identify_token
from recognizer.realtime.client_message_parser import CannotReadMessage, parse_message, parse_token
from recognizer.realtime.socket_limit import SocketLimit
from recognizer.realtime.websocket_connection import ClientConnection

TOKEN_TIMEOUT_S = 5.0
RETRY_AFTER_S = 5.0
MAX_INVALID_MESSAGES = 20
"""Then a socket is closed: parsing a large broken message costs more than sending it."""
MAX_ANONYMOUS_MESSAGE_CHARS = 4_096
"""A larger message closes an anonymous socket."""
MAX_PAUSE_S = 2.0
"""The longest time in which a socket beyond the budget is not read; the client cannot send either,
once the buffers of both are full."""
CLOSING_TIMEOUT_S = 2.0
"""The time in which a client has to respond to the closing handshake after invalid messages."""


class Disconnected(Exception):
    """The socket is closed."""


class Closing(Exception):
    """The server closes the socket; the messages that still arrive are dropped."""


class BaseConsumer:
    """A client, from the handshake until it disconnects.

    Each subclass has its own `limit` of sockets per user.
    """

    limit: ClassVar[SocketLimit]

    def __init__(self, scope: Scope, receive: Receive, socket: ClientConnection) -> None:
        self.socket = socket
        self._scope = scope
        self._receive = receive
        self._num_invalid = 0

    async def run(self) -> None:
        with suppress(Disconnected):
            try:
                identity = await self._identify()
                if identity is None:
                    self.socket.close(4401)
                else:
                    self.socket.identity = identity
                    await self._handle_within_limit(identity)
            except DatabaseUnavailable:
                self.socket.close(1013)
            except RateLimited as error:
                self.put_error(error)
                self.socket.close(1013)
            except Closing:
                await self._wait_until_closed()
            while True:  # until the client disconnects
                await self.receive_text()

    async def _wait_until_closed(self) -> None:
        """Wait for the end of the closing handshake, then drop the connection: its client could
        send without a limit."""
        try:
            async with asyncio.timeout(CLOSING_TIMEOUT_S):
                while True:
                    await self.receive_text()
        except TimeoutError:
            self.socket.abort()

    async def _handle_within_limit(self, identity: Identity) -> None:
        """Serve a client unless its user has too many open sockets. May raise RateLimited."""
        self._spend_handshake(identity.payer)
        if not await self.limit.acquire(identity.user_id, self.socket):
            count = settings.MAX_SOCKETS_PER_USER
            detail = f"You have {count} connections open; close one of them."
            self.socket.put(error_message("rate_limited", detail, retry_after_s=RETRY_AFTER_S))
            self.socket.close(4429)
            return
        try:
            await self.handle_connection(identity)
        finally:
            self.limit.release(identity.user_id, self.socket)

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

    def refuse(self, error: CannotReadMessage, **reference: Any) -> None:
        """Send the error of an invalid message, and close the socket after too many of them."""
        self._num_invalid += 1
        self.put_error(error, **reference)
        if self._num_invalid >= MAX_INVALID_MESSAGES:
            self.socket.close(1008)
            raise Closing

    async def pause(self, error: RateLimited) -> None:
        """Do not read the socket until the budget allows the next message, at most MAX_PAUSE_S."""
        await asyncio.sleep(min(error.retry_after_s or 0, MAX_PAUSE_S))
        self.socket.extend_pong_deadline()

    def _spend_handshake(self, payer: Payer) -> None:
        """Spend the queries of a new socket. Raises RateLimited if the budget is below zero."""
        rate_limits.consume_tokens(payer, 0)
        rate_limits.spend_tokens(payer, request_costs.cost_of("change"))

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
        address = (self._scope.get("client") or ("",))[0]
        self._spend_handshake(address_payer(address))
        while True:
            try:
                text = await self.receive_text()
                if text is None or len(text) > MAX_ANONYMOUS_MESSAGE_CHARS:
                    self._num_invalid = MAX_INVALID_MESSAGES
                    raise CannotReadMessage("not_authenticated")
                message = parse_message(text)
                if message["type"] == "auth":
                    return await run_query(partial(identify_token, parse_token(message)))
                raise CannotReadMessage("not_authenticated")
            except CannotReadMessage as error:
                self.refuse(error)


async def run_consumer(
    consumer_class: type[BaseConsumer], scope: Scope, receive: Receive, send: Send
) -> None:
    """Accept a socket of an allowed origin and run a consumer until it ends."""
    await receive()  # websocket.connect
    if not _is_allowed_host(scope) or not _is_allowed_origin(scope):
        await send({"type": "websocket.close", "code": 4403})
        return
    await send({"type": "websocket.accept"})
    consumer = consumer_class(scope, receive, ClientConnection(send))
    pump = asyncio.create_task(consumer.socket.pump())
    try:
        await consumer.run()
    finally:
        pump.cancel()


def _is_allowed_host(scope: Scope) -> bool:
    """Accept the hosts that pages accept."""
    try:
        build_page_request(scope).get_host()
    except DisallowedHost:
        return False
    return True


def _is_allowed_origin(scope: Scope) -> bool:
    """Accept the listed origins, and programs, which send none.

    Scheme, host and port are compared as a whole, so `null` is refused.
    """
    origin = get_header(scope, b"origin")
    return origin is None or origin.lower().rstrip("/") in {
        listed.lower().rstrip("/") for listed in settings.ORIGINS
    }
