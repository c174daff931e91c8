"""A receiver of webhooks with the responses that a test sets."""

import base64
import hashlib
import hmac
import json
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.fixtures.deadlines import deadline


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    def signatures(self) -> list[str]:
        return self.headers["webhook-signature"].split()

    def expect_signature(self, secret: str) -> str:
        """Return the signature that the specification demands."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode()
        return (
            "v1," + base64.b64encode(hmac.digest(key, signed + self.body, hashlib.sha256)).decode()
        )


@dataclass
class Receiver:
    """`status`, `response_headers` and `response` of all requests. A request waits while `pause`
    is not set."""

    status: int = 204
    response_headers: dict[str, str] = field(default_factory=dict)
    response: bytes = b""
    received: list[Received] = field(default_factory=list)
    pause: threading.Event = field(default_factory=threading.Event)
    url: str = ""
    server: ThreadingHTTPServer | None = None

    def __enter__(self) -> "Receiver":
        receiver = self
        self.pause.set()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append(Received(self.path, headers, body))
                receiver.pause.wait(deadline(60))
                self.send_response(receiver.status)
                for name, value in receiver.response_headers.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(OSError):  # the site reads the start only
                    self.wfile.write(receiver.response)

            def log_message(self, *_: Any) -> None:
                """Print nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        return self

    def __exit__(self, *_: object) -> None:
        assert self.server
        self.pause.set()
        self.server.shutdown()
        self.server.server_close()
