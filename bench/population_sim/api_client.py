"""The site as a program of somebody's sees it: HTTP, JSON and a token, nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from typing import Any

JSON = dict[str, Any]


class RequestFailed(Exception):
    """The site refused; `status` and `problem` say what it answered."""

    def __init__(self, status: int, problem: Any) -> None:
        self.status, self.problem = status, problem
        super().__init__(f"{status}: {problem}")


class ApiClient:
    """One person's program. Not for use by several threads at once."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str) -> Any:
        return self._ask("GET", path, None)

    def post(self, path: str, body: Any = None) -> Any:
        return self._ask("POST", path, {} if body is None else body)

    def get_text(self, path: str) -> str:
        return self._send("GET", path, None).decode()

    def post_file(self, path: str, *, name: str, content: bytes, fields: dict[str, str]) -> Any:
        """A multipart form with one file named `file`."""
        edge = "bench-loop-edge"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in fields.items()
        ]
        head = (
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = b"".join([*parts, head.encode(), content, f"\r\n--{edge}--\r\n".encode()])
        kind = f"multipart/form-data; boundary={edge}"
        return json.loads(self._send("POST", path, body, kind) or b"null")

    def _ask(self, method: str, path: str, body: Any) -> Any:
        data = None if body is None else json.dumps(body).encode()
        return json.loads(self._send(method, path, data) or b"null")

    def _send(
        self, method: str, path: str, body: bytes | None, kind: str = "application/json"
    ) -> bytes:
        headers = {"Authorization": f"Token {self._token}"}
        if body is not None:
            headers["Content-Type"] = kind
        try:
            self._connection.request(method, f"/api/v1/{path}", body, headers)
            response = self._connection.getresponse()
        except (HTTPException, OSError):  # the server closed a connection that was idle
            self._connection.close()
            self._connection.request(method, f"/api/v1/{path}", body, headers)
            response = self._connection.getresponse()
        answer = response.read()
        if response.status >= 400:
            raise RequestFailed(response.status, answer.decode(errors="replace")[:500])
        return answer


def wait_for(look: Callable[[], Any], *, within_s: float, interval_s: float = 0.5) -> Any:
    """What `look` returns, as soon as it is something. Raises TimeoutError."""
    deadline = time.monotonic() + within_s
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"Waited for {within_s} s in vain.")
        time.sleep(interval_s)
    return found
