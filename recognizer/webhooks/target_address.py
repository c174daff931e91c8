"""Addresses that webhooks may have: public ones, and those of WEBHOOK_ALLOWED_NETWORKS.

A server inside the network of the site could otherwise be reached through a webhook. The name is
resolved for each request, and the request goes to the address that was checked: another response
of the DNS a moment later has no effect.
"""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from recognizer.base_errors import DomainError

MAX_URL_LENGTH = 500
DEFAULT_PORTS = {"https": 443, "http": 80}
NAT64_NETWORKS = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
IpAddress = IPv4Address | IPv6Address


class InvalidUrl(DomainError):
    """The address of a webhook cannot be used."""


class CannotResolve(Exception):
    """`code` is `name_not_found`, `address_not_allowed` or `timeout`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Target:
    """A checked address: connect to `address` and `port`, and expect the certificate of `host`."""

    is_tls: bool
    host: str
    port: int
    address: str
    path: str
    host_header: str


def check_url(url: str) -> str:
    """Return a valid URL. Raises InvalidUrl, also for a private IP address that is part of it."""
    parts = _split(url)
    try:
        address = ip_address(parts.hostname or "")
    except ValueError:
        pass
    else:
        if not is_allowed(address):
            raise _invalid("This address is private. An operator can allow its network.")
    if parts.scheme == "http" and not settings.WEBHOOK_ALLOWED_NETWORKS:
        raise _invalid("Use an address that starts with https://.")
    return url


def resolve_target(url: str) -> Target:
    """Return the first allowed address of the host, within WEBHOOK_TIMEOUT_S. Raises CannotResolve.

    Plain HTTP is possible in WEBHOOK_ALLOWED_NETWORKS only.
    """
    parts = _split(url)
    host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
    addresses = _look_up(host, port, settings.WEBHOOK_TIMEOUT_S)
    is_tls = parts.scheme == "https"
    allowed = [it for it in addresses if (is_allowed(it) if is_tls else is_in_allowed_network(it))]
    if not allowed:
        raise CannotResolve("address_not_allowed")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host_header = parts.netloc.removesuffix(f":{DEFAULT_PORTS[parts.scheme]}")
    return Target(is_tls, host, port, str(allowed[0]), path, host_header)


def _look_up(host: str, port: int, timeout_s: float) -> list[IpAddress]:
    """Return the addresses of a name.

    The resolver of the system has no timeout that a caller can set, so a separate thread calls it.
    After a timeout, that thread ends when the resolver gives up.
    """
    found: list[IpAddress] = []

    def resolve() -> None:
        with suppress(OSError, UnicodeError):
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(ip_address(str(entry[4][0]).partition("%")[0]) for entry in entries)

    thread = threading.Thread(target=resolve, name="webhook-lookup", daemon=True)
    thread.start()
    thread.join(timeout_s)
    if thread.is_alive():
        raise CannotResolve("timeout")
    if not found:
        raise CannotResolve("name_not_found")
    return found


def is_allowed(address: IpAddress) -> bool:
    return is_in_allowed_network(address) or _is_public(address)


def is_in_allowed_network(address: IpAddress) -> bool:
    return any(_unwrap(address) in network for network in settings.WEBHOOK_ALLOWED_NETWORKS)


def _is_public(address: IpAddress) -> bool:
    inner = _unwrap(address)
    is_reserved = inner.is_multicast or inner.is_reserved or inner.is_unspecified
    return inner.is_global and not is_reserved


def _unwrap(address: IpAddress) -> IpAddress:
    """Return the IPv4 address that an IPv6 address leads to, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if any(address in network for network in NAT64_NETWORKS):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_valid = parts.scheme in DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_valid = False
    if not is_valid or len(url) > MAX_URL_LENGTH or not url.isascii() or re.search(r"[\s\\]", url):
        raise _invalid(f"Enter a full address of at most {MAX_URL_LENGTH} ASCII characters.")
    if parts.username is not None or parts.fragment:
        raise _invalid("The address must have no username and no fragment.")
    return parts


def _invalid(message: str) -> InvalidUrl:
    return InvalidUrl(message, errors={"url": message})
