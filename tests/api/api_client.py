"""A program or a page that calls the HTTP interface."""

from typing import Any

from django.test import Client

BASE = "/api/v1/"


class ApiClient:
    """Paths are relative to /api/v1/; bodies are JSON."""

    def __init__(self, client: Client, **headers: str) -> None:
        self.client = client
        self.headers = headers

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(BASE + path, query, headers=self.headers)

    def post(self, path: str, body: Any = None) -> Any:
        return self._send("post", path, body)

    def delete(self, path: str, body: Any = None) -> Any:
        return self._send("delete", path, body)

    def form(self, path: str, **fields: Any) -> Any:
        return self.client.post(BASE + path, fields, headers=self.headers)

    def _send(self, method: str, path: str, body: Any) -> Any:
        send = getattr(self.client, method)
        if body is None:
            return send(BASE + path, headers=self.headers)
        return send(BASE + path, body, content_type="application/json", headers=self.headers)


def problem_code(response: Any) -> tuple[int, str]:
    """Status and code of a problem, which must be one."""
    assert response["Content-Type"] == "application/problem+json", response.content
    body = response.json()
    assert body["status"] == response.status_code
    assert {"type", "title", "detail"} <= set(body)
    return response.status_code, body["code"]
