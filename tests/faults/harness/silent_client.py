"""A websocket client that sends and never reads."""

import base64
import json
import os
import socket
import struct
from contextlib import AbstractContextManager, suppress
from types import TracebackType

RECEIVE_BUFFER_BYTES = 4096


class SilentClient(AbstractContextManager["SilentClient"]):
    """A websocket after its handshake, with the smallest receive buffer."""

    def __init__(self, port: int, cookie: str) -> None:
        self._port, self._cookie = port, cookie

    def __enter__(self) -> "SilentClient":
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._socket.connect(("127.0.0.1", self._port))
        head = [
            "GET /ws/recognize/ HTTP/1.1",
            f"Host: localhost:{self._port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            "Sec-WebSocket-Version: 13",
            f"Cookie: {self._cookie}",
        ]
        self._socket.sendall("\r\n".join([*head, "", ""]).encode())
        assert b" 101 " in self._socket.recv(64)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def send(self, **message: object) -> None:
        """Send one masked text frame. A mask of zeros leaves the text unchanged."""
        text = json.dumps(message).encode()
        if len(text) < 126:
            head = struct.pack("!BBI", 0x81, 0x80 | len(text), 0)
        else:
            head = struct.pack("!BBHI", 0x81, 0x80 | 126, len(text), 0)
        with suppress(ConnectionError):  # tests check elsewhere that it was disconnected
            self._socket.sendall(head + text)

    @property
    def port(self) -> int:
        """The local port, which identifies this client in the server process."""
        port: int = self._socket.getsockname()[1]
        return port
