"""An HTTP client for the public API: JSON and a token."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from typing import Any

JSON = dict[str, Any]

_BOUNDARY = "digitsite-bench-boundary"


class RequestFailed(Exception):
    """The site refused a request. `problem` is the response body."""

    def __init__(self, status: int, problem: str) -> None:
        self.status, self.problem = status, problem
        super().__init__(f"{status}: {problem}")


class ApiClient:
    """A client with the token of one user. Not thread-safe."""

    def __init__(self, port: int, token: str) -> None:
        self._token = token
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str) -> Any:
        return json.loads(self._request("GET", path) or b"null")

    def post(self, path: str, body: Any = None) -> Any:
        data = json.dumps({} if body is None else body).encode()
        return json.loads(self._request("POST", path, data) or b"null")

    def get_text(self, path: str) -> str:
        return self._request("GET", path).decode()

    def post_file(self, path: str, *, name: str, content: bytes, fields: dict[str, str]) -> Any:
        """Post a multipart form with one file in the field `file`."""
        parts = [
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in fields.items()
        ]
        head = (
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        end = f"\r\n--{_BOUNDARY}--\r\n"
        body = "".join([*parts, head]).encode() + content + end.encode()
        content_type = f"multipart/form-data; boundary={_BOUNDARY}"
        return json.loads(self._request("POST", path, body, content_type) or b"null")

    def _request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        content_type: str = "application/json",
    ) -> bytes:
        headers = {"Authorization": f"Token {self._token}"}
        if body is not None:
            headers["Content-Type"] = content_type
        try:
            self._connection.request(method, f"/api/v1/{path}", body, headers)
            response = self._connection.getresponse()
        except (HTTPException, OSError):  # the server closed the idle connection
            self._connection.close()
            self._connection.request(method, f"/api/v1/{path}", body, headers)
            response = self._connection.getresponse()
        content = response.read()
        if response.status >= 400:
            raise RequestFailed(response.status, content.decode(errors="replace")[:500])
        return content


def wait_for(load: Callable[[], Any], *, within_s: float, interval_s: float = 0.5) -> Any:
    """Return the first true value of `load`. Raises TimeoutError after `within_s`."""
    deadline = time.monotonic() + within_s
    while not (found := load()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"Nothing after {within_s} s.")
        time.sleep(interval_s)
    return found
