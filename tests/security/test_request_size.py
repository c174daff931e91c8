"""The limit on the size of request bodies."""

import json
import re
import socket

import pytest

from digitsite import http_protocol
from recognizer.middleware import body_size_limit
from recognizer.models import User
from tests.fixtures.deadlines import deadline
from tests.fixtures.socket_client import MESSAGE_TIMEOUT_S
from tests.security.conftest import Cookie
from tests.security.web_process import WebProcess

PATHS = ["/api/v1/drawings/", "/accounts/login/", "/no/such/place/"]
LIMIT = 8 * 2**20


def _exchange(web: WebProcess, *parts: bytes) -> bytes:
    """Send bytes and read until the server closes the connection or the response is complete."""
    with socket.create_connection(("localhost", web.port), deadline(MESSAGE_TIMEOUT_S)) as line:
        for part in parts:
            line.sendall(part)
        received = b""
        while not _is_complete(received) and (piece := line.recv(65536)):
            received += piece
    return received


def _is_complete(response: bytes) -> bool:
    head, found, body = response.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    return bool(found and length and len(body) >= int(length[1]))


def _head(web: WebProcess, path: str, *headers: str) -> bytes:
    host = f"Host: localhost:{web.port}"
    lines = [f"POST {path} HTTP/1.1", host, "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def _check(response: bytes, status: int = 413, code: str = "too_large") -> None:
    head, _, body = response.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), head
    if b"application/problem+json" in head:
        assert (json.loads(body)["status"], json.loads(body)["code"]) == (status, code)
    else:
        assert b"text/html" in head
        assert f'data-error="{code}"'.encode() in body


@pytest.mark.parametrize("path", PATHS)
def test_refuses_a_large_content_length_before_the_body(web: WebProcess, path: str) -> None:
    _check(_exchange(web, _head(web, path, f"Content-Length: {100 * 2**30}")))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("is_signed_in", [False, True])
def test_refuses_a_body_in_chunks(
    web: WebProcess, owner: User, cookie: Cookie, path: str, is_signed_in: bool
) -> None:
    chunks = [b"%x\r\n" % 2**16 + b"x" * 2**16 + b"\r\n"] * 2
    credential = [f"Cookie: {cookie(owner)}"] if is_signed_in else []
    head = _head(web, path, "Transfer-Encoding: chunked", *credential)
    _check(_exchange(web, head, *chunks), 411, "length_required")


@pytest.mark.parametrize("credential", ["", "Cookie: sessionid=x", "Authorization: Token ds_x"])
def test_refuses_an_anonymous_body_before_it_is_sent(web: WebProcess, credential: str) -> None:
    lines = [f"Content-Length: {2**20}", *filter(None, [credential])]
    _check(_exchange(web, _head(web, PATHS[0], *lines)), 401, "not_authenticated")


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/json", "application/problem+json"),
        ("application/problem+json", "application/problem+json"),
        ("*/*", "text/html"),
    ],
)
@pytest.mark.parametrize("path", ["/training/snapshots/import/", "/accounts/login/"])
def test_a_large_upload_on_a_page_is_answered_as_the_client_accepts(
    web: WebProcess, path: str, accept: str, media_type: str
) -> None:
    status, headers, _ = web.request("POST", path, b"x" * (9 * 2**20), Accept=accept)
    assert (status, headers["content-type"].partition(";")[0]) == (413, media_type)


def test_accepts_a_body_at_the_limit(web: WebProcess, owner: User, cookie: Cookie) -> None:
    status, _, _ = web.request(
        "POST", "/api/v1/drawings/", b" " * LIMIT, Cookie=cookie(owner), Content_Type="text/x"
    )
    assert status in (403, 415)


def test_a_half_sent_header_is_closed(web: WebProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "HEADER_TIMEOUT_S", 0.2)
    assert _exchange(web, b"GET / HTTP/1.1\r\nHost: local") == b""
    assert _exchange(web) == b""


@pytest.mark.parametrize("path", ["/accounts/login/", "/api/v1/drawings/"])
def test_a_half_sent_body_times_out(
    web: WebProcess, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(body_size_limit, "BODY_TIMEOUT_S", 0.2)
    response = _exchange(web, _head(web, path, "Content-Length: 1000"), b"x=")
    _check(response, 408, "timeout")


def test_a_body_in_pieces_is_accepted(web: WebProcess) -> None:
    parts = [
        _head(web, "/no/such/place/", "Content-Length: 3", "Connection: close"),
        b"x",
        b"=",
        b"1",
    ]
    assert _exchange(web, *parts).startswith(b"HTTP/1.1 404 ")
