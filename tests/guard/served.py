"""The web process within the test: real sockets and requests, and settings a test may change."""

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any
from uuid import uuid4

import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from digitsite.asgi import application
from tests.fixtures.site_process import free_port, wait_until

STROKES = [[[0, 0, 0], [0, 10, 40], [1, 20, 80]]]
WITHIN_S = 10

Message = dict[str, Any]


class Web:
    """uvicorn, with the options of `make run`, in a thread."""

    def __init__(self) -> None:
        self.port = free_port()
        self.origin = f"http://localhost:{self.port}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                application,
                port=self.port,
                http="httptools",
                ws="websockets-sansio",
                ws_max_size=2**20,
                ws_per_message_deflate=False,
                lifespan="off",
                log_config=None,
                timeout_graceful_shutdown=3,
            )
        )
        self._thread = threading.Thread(target=self._serve)

    def start(self) -> None:
        self._thread.start()
        wait_until(lambda: self._server.started, within_s=WITHIN_S, what="uvicorn listens")

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(WITHIN_S)
        assert not self._thread.is_alive()

    def talk(self, cookie: str = "", **headers: str) -> "Talk":
        return Talk(self.port, {**headers, **({"Cookie": cookie} if cookie else {})})

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, Mapping[str, str], bytes]:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=WITHIN_S)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            return answer.status, dict(answer.headers), answer.read()
        finally:
            connection.close()

    def _serve(self) -> None:
        asyncio.run(self._server.serve())


class Talk(AbstractContextManager["Talk"]):
    """One socket; `hear` waits for a message of a type and steps over others."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._connecting = connect(
            f"ws://localhost:{port}/ws/recognize/",
            additional_headers=headers,
            compression=None,
            max_size=None,
        )

    def __enter__(self) -> "Talk":
        self.socket = self._connecting.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connecting.__exit__(kind, error, trace)

    def say(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def draw(self, **fields: Any) -> str:
        """Send a drawing; returns its ref."""
        ref = str(fields.pop("ref", uuid4()))
        message = {"type": "draw", "ref": ref, "revision": 1, "strokes": STROKES, **fields}
        self.socket.send(json.dumps(message))
        return ref

    def hear(self, *kinds: str) -> Message:
        deadline = time.monotonic() + WITHIN_S
        while True:
            text = self.socket.recv(timeout=deadline - time.monotonic())
            message: Message = json.loads(text)
            if message["type"] in kinds:
                return message

    def stores_a_drawing(self) -> bool:
        """Whether it still does what it is there for."""
        ref = self.draw()
        answer = self.hear("queued", "error")
        return (answer["type"], answer["ref"]) == ("queued", ref)

    def closes_with(self, *, within_s: float = WITHIN_S) -> int | None:
        deadline = time.monotonic() + within_s
        try:
            while True:
                self.socket.recv(timeout=deadline - time.monotonic())
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None
