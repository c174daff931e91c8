"""A client of the HTTP API."""

from typing import Any

from django.test import Client

from recognizer.api.problem_codes import PROBLEM_CODES

BASE = "/api/v1/"


class ApiClient:
    """Paths are relative to /api/v1/; bodies are JSON. Problems must have a documented code."""

    def __init__(self, client: Client, **headers: str) -> None:
        self.client = client
        self.headers = headers

    def get(self, path: str, **query: Any) -> Any:
        return _check_problem(self.client.get(BASE + path, query, headers=self.headers))

    def post(self, path: str, body: Any = None) -> Any:
        return self._send("post", path, body)

    def patch(self, path: str, body: Any) -> Any:
        return self._send("patch", path, body)

    def delete(self, path: str, body: Any = None) -> Any:
        return self._send("delete", path, body)

    def form(self, path: str, **fields: Any) -> Any:
        return _check_problem(self.client.post(BASE + path, fields, headers=self.headers))

    def _send(self, method: str, path: str, body: Any) -> Any:
        send = getattr(self.client, method)
        sent = {} if body is None else {"data": body, "content_type": "application/json"}
        return _check_problem(send(BASE + path, headers=self.headers, **sent))


def _check_problem(response: Any) -> Any:
    if response.get("Content-Type") == "application/problem+json":
        assert (response.status_code, response.json()["code"]) in PROBLEM_CODES
    return response


def problem_code(response: Any) -> tuple[int, str]:
    """Return status and code of a problem."""
    assert response["Content-Type"] == "application/problem+json", response.content
    body = response.json()
    assert body["status"] == response.status_code
    assert {"type", "title", "detail"} <= set(body)
    return response.status_code, body["code"]
