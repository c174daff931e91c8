"""The payer of a request: a user, a guest, or the address range of an anonymous request."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Network, ip_address

Payer = int | str
"""The id of a user, `guest:<id>:<network>`, or `address:<network>`."""
GUEST_PREFIX = "guest:"
IPV6_PREFIX_BITS = 64
NUM_CACHED_NETWORKS = 4_096


def address_payer(address: str) -> Payer:
    return f"address:{_find_network(address)}"


def user_payer(user_id: int, *, is_guest: bool, address: str) -> Payer:
    return f"{GUEST_PREFIX}{user_id}:{_find_network(address)}" if is_guest else user_id


def shared_payer(payer: Payer) -> Payer:
    """Return the network of a guest or of an anonymous request, or the user."""
    return payer if isinstance(payer, int) else f"network:{_network_of(payer)}"


@lru_cache(NUM_CACHED_NETWORKS)
def _find_network(address: str) -> str:
    """Return what counts as one address: the /64 of an IPv6 address, which one client has whole."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or IPv6Network((parsed, IPV6_PREFIX_BITS), strict=False))


def is_guest(payer: Payer) -> bool:
    """Return whether a payer, or the key of a budget, is a guest."""
    return isinstance(payer, str) and payer.startswith(GUEST_PREFIX)


def _network_of(payer: str) -> str:
    return payer.split(":", 2 if is_guest(payer) else 1)[-1]


def find_budgets(payer: Payer) -> tuple[Payer, ...]:
    """Return the keys of the budgets that a payer spends from.

    The guests of a network share one, because it may create many. Visitors without a
    session spend from another.
    """
    if isinstance(payer, int) or not is_guest(payer):
        return (payer,)
    return payer[: payer.index(":", len(GUEST_PREFIX))], f"guests:{_network_of(payer)}"
