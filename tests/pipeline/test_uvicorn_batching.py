"""The attributes of uvicorn that batched writes depend on. They are not documented."""

import asyncio
from collections import deque

import uvicorn
from websockets.asyncio.client import connect

from recognizer.realtime.asgi_types import Receive, Scope, Send
from recognizer.realtime.uvicorn_connection import (
    buffer_frames,
    get_server_connection,
    get_transport,
)
from tests.fixtures.deadlines import deadline

TEXTS = ["first", "second", "third"]


async def test_uvicorn_sends_buffered_frames_in_order() -> None:
    found: list[bool] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        found.extend([get_server_connection(send) is not None, get_transport(send) is not None])
        texts = deque(TEXTS)
        buffer_frames(send, texts)
        found.append(len(texts) == 1)
        await send({"type": "websocket.send", "text": texts.popleft()})
        await receive()

    config = uvicorn.Config(
        application, port=0, ws="websockets-sansio", lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(deadline(10)):
            while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
                await asyncio.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            async with connect(f"ws://127.0.0.1:{port}/", proxy=None) as client:
                received = [await client.recv() for _ in TEXTS]
    finally:
        server.should_exit = True
        await serving
    assert received == TEXTS
    assert found == [True, True, True]


async def test_other_servers_send_frames_one_by_one() -> None:
    async def send(event: object) -> None:
        """A server without these attributes."""

    texts = deque(TEXTS)
    buffer_frames(send, texts)
    assert list(texts) == TEXTS
