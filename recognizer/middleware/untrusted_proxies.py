"""ASGI middleware that notices proxies which are missing in FORWARDED_ALLOW_IPS.

Behind such a proxy all visitors have one address, and share the limits of an address. uvicorn puts
the address from X-Forwarded-For into the scope if it trusts the proxy.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from recognizer.periodic_warning import PeriodicWarning
from recognizer.realtime.asgi_types import Application, Receive, Scope, Send

NOTICE_TTL_S = 3600.0
_warning = PeriodicWarning(logging.getLogger(__name__))
_seen_at: float | None = None


def notice_untrusted_proxies(application: Any) -> Application:
    """Log a warning, at most one a minute, if X-Forwarded-For has not the client's address."""

    async def noticing(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and _is_untrusted(scope):
            global _seen_at
            _seen_at = time.monotonic()
            _warning.log(
                "X-Forwarded-For from %s is ignored. If that is your proxy, add its address to"
                " FORWARDED_ALLOW_IPS; else all visitors share the limits of one address.",
                scope["client"][0],
            )
        await application(scope, receive, send)

    return noticing


def has_untrusted_proxy() -> bool:
    """Return whether an ignored X-Forwarded-For arrived in the last hour."""
    return _seen_at is not None and time.monotonic() - _seen_at < NOTICE_TTL_S


def _is_untrusted(scope: Scope) -> bool:
    forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    if not forwarded or not scope.get("client"):
        return False
    return scope["client"][0] not in forwarded.decode("latin-1")
