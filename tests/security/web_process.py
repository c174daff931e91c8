"""The web process in the test process: real sockets, and settings that a test may change."""

import asyncio
import http.client
import threading
from collections.abc import Mapping

import uvicorn

from digitsite.asgi import application
from digitsite.http_protocol import TimedHttpProtocol
from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import find_free_port, wait_until
from tests.fixtures.socket_client import MESSAGE_TIMEOUT_S, SocketClient


class WebProcess:
    """uvicorn in a thread, with the options of `make run`."""

    def __init__(self) -> None:
        self.port = find_free_port()
        self.origin = f"http://localhost:{self.port}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                application,
                port=self.port,
                http=TimedHttpProtocol,
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
        wait_until(lambda: self._server.started, within_s=MESSAGE_TIMEOUT_S, what="uvicorn listens")

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(deadline(MESSAGE_TIMEOUT_S))
        assert not self._thread.is_alive()

    def connect(
        self, cookie: str = "", *, path: str = "/ws/recognize/", **headers: str
    ) -> SocketClient:
        return SocketClient(
            self.port, path=path, **headers, **({"Cookie": cookie} if cookie else {})
        )

    def request(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, Mapping[str, str], bytes]:
        connection = http.client.HTTPConnection(
            "localhost", self.port, timeout=deadline(MESSAGE_TIMEOUT_S)
        )
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, named)
            response = connection.getresponse()
            return response.status, dict(response.headers), response.read()
        finally:
            connection.close()

    def _serve(self) -> None:
        asyncio.run(self._server.serve())
