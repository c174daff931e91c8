"""Where requests may go: no private addresses, also not through the DNS or a redirect."""

import socket
import threading
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any, Never

import pytest
from pytest_django.fixtures import Settings

from recognizer.webhooks.http_post import post
from recognizer.webhooks.target_address import (
    CannotResolve,
    InvalidUrl,
    check_url,
    is_allowed,
    resolve_target,
)
from tests.fixtures.deadlines import deadline
from tests.webhooks.receiver import Receiver


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "192.0.2.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "fc00::1",
        "fe80::1",
        "ff02::1",
    ],
)
def test_refuses_private_addresses(address: str, settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    assert not is_allowed(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(InvalidUrl):
        check_url(f"https://{host}/")
    with pytest.raises(CannotResolve, match="address_not_allowed"):
        resolve_target(f"https://{host}/")


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:21f::1", "64:ff9b::5db8:d822"])
def test_accepts_public_addresses(address: str) -> None:
    assert is_allowed(ip_address(address))


def test_accepts_allowed_networks_also_without_tls(settings: Settings) -> None:
    with pytest.raises(InvalidUrl):
        check_url("http://93.184.216.34/")
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("10.0.0.0/8")]
    check_url("http://10.0.0.1/")
    assert resolve_target("http://10.0.0.1/").address == "10.0.0.1"
    with pytest.raises(CannotResolve, match="address_not_allowed"):
        resolve_target("http://93.184.216.34/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "https://",
        "https://user:secret@example.org/",
        "https://example.org/#part",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "https://example.org\\@10.0.0.1/",
        "https://example.org/\r\nHost: x",
        f"https://example.org/{'x' * 500}",
    ],
)
def test_refuses_unusable_urls(url: str) -> None:
    with pytest.raises(InvalidUrl):
        check_url(url)


def resolve_names(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let each resolution return the next address. Return the names that were resolved."""
    resolved: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if host.endswith(".test"):
            resolved.append(host)
            host = addresses[min(len(resolved), len(addresses)) - 1]
        return real(host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return resolved


def test_connects_to_the_address_that_was_checked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolved = resolve_names(monkeypatch, "127.0.0.1", "10.0.0.1")
    result = post(receiver.url.replace("127.0.0.1", "receiver.test"), b"{}", {})
    assert (result.status, result.error) == (204, "")
    assert resolved == ["receiver.test"]
    assert receiver.received[0].headers["host"].startswith("receiver.test:")


def test_refuses_a_name_with_a_private_address(
    receiver: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    resolve_names(monkeypatch, "127.0.0.1")
    url = receiver.url.replace("127.0.0.1", "receiver.test").replace("http:", "https:")
    assert check_url(url) == url
    assert post(url, b"{}", {}).error == "address_not_allowed"
    assert receiver.received == []


def delay_lookups(monkeypatch: pytest.MonkeyPatch, wait: Callable[[], object]) -> None:
    """Let the lookup of a name wait first. It returns the address of this machine."""
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if host.endswith(".test"):
            wait()
            host = "127.0.0.1"
        return real(host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_the_timeout_ends_a_lookup(
    receiver: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_TIMEOUT_S = 1
    is_found = threading.Event()
    delay_lookups(monkeypatch, lambda: is_found.wait(deadline(30)))
    result = post(receiver.url.replace("127.0.0.1", "receiver.test"), b"{}", {})
    is_found.set()
    assert (result.status, result.error) == (0, "timeout")
    assert receiver.received == []


def test_a_request_has_the_time_that_its_lookup_left(
    receiver: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_TIMEOUT_S, lookup_s = 60, 0.2
    delay_lookups(monkeypatch, lambda: threading.Event().wait(lookup_s))
    timeouts = []

    def refuse(_: object, timeout_s: float) -> Never:
        timeouts.append(timeout_s)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    result = post(receiver.url.replace("127.0.0.1", "receiver.test"), b"{}", {})
    assert result.error == "connection"
    assert timeouts[0] <= settings.WEBHOOK_TIMEOUT_S - lookup_s
