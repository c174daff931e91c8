"""The limit on the size of request bodies."""

import json
import socket

import pytest

from tests.fixtures.deadlines import deadline
from tests.fixtures.socket_client import MESSAGE_TIMEOUT_S
from tests.security.web_process import WebProcess

PATHS = ["/api/v1/drawings/", "/accounts/login/", "/no/such/place/"]
LIMIT = 8 * 2**20


def _exchange(web: WebProcess, *parts: bytes) -> bytes:
    """Send bytes and read until the server closes the connection."""
    with socket.create_connection(("localhost", web.port), deadline(MESSAGE_TIMEOUT_S)) as line:
        for part in parts:
            line.sendall(part)
        received = b""
        while piece := line.recv(65536):
            received += piece
    return received


def _head(web: WebProcess, path: str, *headers: str) -> bytes:
    host = f"Host: localhost:{web.port}"
    lines = [f"POST {path} HTTP/1.1", host, "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def _check(response: bytes) -> None:
    head, _, body = response.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 "), head
    assert b"application/problem+json" in head
    assert (json.loads(body)["status"], json.loads(body)["code"]) == (413, "too_large")


@pytest.mark.parametrize("path", PATHS)
def test_refuses_a_large_content_length_before_the_body(web: WebProcess, path: str) -> None:
    _check(_exchange(web, _head(web, path, f"Content-Length: {100 * 2**30}")))


@pytest.mark.parametrize("path", PATHS)
def test_cuts_off_a_large_chunked_body(web: WebProcess, path: str) -> None:
    chunks = [b"%x\r\n" % 2**20 + b"x" * 2**20 + b"\r\n"] * 8 + [b"1\r\nx\r\n"]
    _check(_exchange(web, _head(web, path, "Transfer-Encoding: chunked"), *chunks))


def test_accepts_a_body_at_the_limit(web: WebProcess) -> None:
    status, _, _ = web.request("POST", "/api/v1/drawings/", b" " * LIMIT)
    assert status == 401
