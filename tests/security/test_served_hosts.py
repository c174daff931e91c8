"""Which hosts the site serves: those of ORIGINS, and any host for health checks."""

import logging
import socket
from http import HTTPStatus

import pytest
from websockets.exceptions import InvalidStatus

from recognizer.middleware.served_hosts import hosts_of_origin
from tests.fixtures.deadlines import deadline
from tests.fixtures.socket_client import MESSAGE_TIMEOUT_S
from tests.security.web_process import WebProcess

FOREIGN_HOSTS = [
    "localhost:6666",
    "localhost",
    "127.0.0.1:{port}",
    "evil.example",
    "evil.example:{port}",
    "localhost:{port}.evil.example",
    "localhost.:{port}",
    "user@localhost:{port}",
    "localhost:0{port}",
    "",
]
PAGES = ["/", "/accounts/login/", "/accounts/password/reset/", "/static/css/base.css", "/nowhere/"]


def request_status(web: WebProcess, path: str, *host_lines: str) -> int:
    """Return the status of a GET with these Host lines."""
    lines = [f"GET {path} HTTP/1.1", *host_lines, "Connection: close", "", ""]
    with socket.create_connection(("localhost", web.port), deadline(MESSAGE_TIMEOUT_S)) as line:
        line.sendall("\r\n".join(lines).encode())
        return int(line.makefile("rb").readline().split()[1])


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_refuses_a_host_that_is_not_an_origin(web: WebProcess, path: str, host: str) -> None:
    assert request_status(web, path, f"Host: {host.format(port=web.port)}") == 400


@pytest.mark.parametrize("count", [0, 2])
def test_refuses_a_request_without_a_single_host(web: WebProcess, count: int) -> None:
    assert request_status(web, "/", *[f"Host: localhost:{web.port}"] * count) == 400


@pytest.mark.parametrize("host", ["localhost:{port}", "LOCALHOST:{port}"])
def test_serves_the_host_of_an_origin(web: WebProcess, host: str) -> None:
    assert request_status(web, "/", f"Host: {host.format(port=web.port)}") == 200


def test_refusal_names_the_address_of_the_site(web: WebProcess) -> None:
    status, headers, body = web.request("GET", "/api/v1/me/", Host="evil.example")
    assert (status, headers["content-type"]) == (400, "application/problem+json")
    assert b'"unknown_host"' in body
    _, _, page = web.request("GET", "/", Host="evil.example")
    assert web.origin.encode() in page
    assert b"evil" not in page


@pytest.mark.parametrize("host", ["localhost:6666", "evil.example"])
def test_refuses_a_socket_at_a_foreign_host(web: WebProcess, host: str) -> None:
    # The same lines from a listed origin: only the host differs.
    lines = [
        "GET /ws/recognize/ HTTP/1.1",
        f"Host: {host}",
        f"Origin: {web.origin}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        "",
        "",
    ]
    with socket.create_connection(("localhost", web.port), deadline(MESSAGE_TIMEOUT_S)) as line:
        line.sendall("\r\n".join(lines).encode())
        assert line.makefile("rb").readline().split()[1] == b"403"


def test_accepts_a_socket_at_the_host_of_an_origin(web: WebProcess) -> None:
    try:
        with web.connect() as socket_client:
            assert socket_client
    except InvalidStatus as error:
        pytest.fail(str(error))


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
@pytest.mark.parametrize("host", ["10.0.0.7:8000", "evil.example", "", "[::1]:8000", "a_b/c"])
def test_health_checks_answer_at_any_host(
    web: WebProcess, caplog: pytest.LogCaptureFixture, path: str, host: str
) -> None:
    expected = HTTPStatus.UNAUTHORIZED if path == "/metrics" else HTTPStatus.OK
    with caplog.at_level(logging.WARNING):
        assert request_status(web, path, f"Host: {host}") == expected
    assert [record for record in caplog.records if record.name != "django.request"] == []


def test_refused_hosts_do_not_fill_the_log(
    web: WebProcess, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(20):
        request_status(web, "/", f"Host: {number}.example")
    lines = [record for record in caplog.records if "ORIGINS" in record.getMessage()]
    assert len(lines) <= 1


@pytest.mark.parametrize(
    ("origin", "hosts"),
    [
        ("http://localhost:8000", {"localhost:8000"}),
        ("http://Digits.Example", {"digits.example", "digits.example:80"}),
        ("https://digits.example", {"digits.example", "digits.example:443"}),
        ("https://digits.example:443", {"digits.example", "digits.example:443"}),
        ("https://digits.example:8443", {"digits.example:8443"}),
        ("http://[::1]:8000", {"[::1]:8000"}),
        ("http://[::1]", {"[::1]", "[::1]:80"}),
    ],
)
def test_default_port_may_be_missing(origin: str, hosts: set[str]) -> None:
    assert hosts_of_origin(origin) == hosts
