"""What every socket does before it talks: looks at the origin, and finds out who is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from recognizer.contract import error_message
from recognizer.live.asgi import Receive, Scope, Send
from recognizer.live.database import DatabaseIsAway, ask_database
from recognizer.live.identity import Identity, identify_session, identify_token
from recognizer.live.messages import CannotReadMessage, read_message, read_token
from recognizer.live.origin import is_allowed_origin
from recognizer.live.socket import Socket

TOKEN_WITHIN_S = 5.0


class Disconnected(Exception):
    """The client has gone, or was closed."""


class Visit:
    """One client, from the handshake to the end."""

    def __init__(self, scope: Scope, receive: Receive, socket: Socket) -> None:
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
        except DatabaseIsAway:
            self.socket.close(1013)
        except Disconnected:
            return
        await self._wait_until_closed()

    async def talk(self, identity: Identity) -> None:
        """Everything this socket is there for. May raise DatabaseIsAway and Disconnected."""
        raise NotImplementedError

    async def next_text(self) -> str | None:
        """The next text frame; None for a binary one. Raises Disconnected."""
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            raise Disconnected
        text: str | None = event.get("text")
        return text

    async def _identify(self) -> Identity | None:
        """From the session, else from a token that comes in time."""
        identity = await ask_database(partial(identify_session, self._scope))
        if identity is not None:
            return identity
        try:
            async with asyncio.timeout(TOKEN_WITHIN_S):
                return await self._receive_token()
        except TimeoutError:
            return None

    async def _receive_token(self) -> Identity | None:
        while True:
            try:
                message = read_message(await self.next_text() or "")
                if message["type"] == "auth":
                    return await ask_database(partial(identify_token, read_token(message)))
                raise CannotReadMessage("not_authenticated")
            except CannotReadMessage as error:
                self.socket.put(error_message(error.code, error.detail))

    async def _wait_until_closed(self) -> None:
        try:
            while True:
                await self.next_text()
        except Disconnected:
            return


async def let_in(
    scope: Scope,
    receive: Receive,
    send: Send,
    make: Callable[[Scope, Receive, Socket], Visit],
) -> None:
    """Accept the socket of a page of ours, or of a program, and let it talk until it ends."""
    await receive()  # websocket.connect
    if not is_allowed_origin(scope):
        await send({"type": "websocket.close", "code": 4403})
        return
    await send({"type": "websocket.accept"})
    visit = make(scope, receive, Socket(send))
    pump = asyncio.create_task(visit.socket.pump())
    try:
        await visit.run()
    finally:
        pump.cancel()
