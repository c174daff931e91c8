"""ASGI middleware that serves only the hosts in ORIGINS.

It comes before everything else, for HTTP and websockets. Links in pages and e-mails, and counters
of sign-in attempts, would otherwise depend on what a client writes into its header `Host`.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.template import loader

from recognizer.api.problem_details import MEDIA_TYPE, build_problem
from recognizer.periodic_warning import PeriodicWarning
from recognizer.realtime.asgi_types import Application, Receive, Scope, Send

PROBE_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
"""Load balancers and Prometheus request these by IP address."""
DEFAULT_PORTS = {"http": 80, "https": 443}

_warning = PeriodicWarning(logging.getLogger(__name__))


def serve_known_hosts(application: Any) -> Application:
    """Refuse other hosts: HTTP requests receive 400, websockets are closed before they open."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or _is_served(scope):
            await application(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] in PROBE_PATHS:
            await application(_with_site_host(scope), receive, send)
        else:
            _warning.log("Refused the host %s: it is not in ORIGINS.", _hosts_of(scope))
            await _refuse(scope, receive, send)

    return guarded


@cache
def hosts_of_origin(origin: str) -> frozenset[str]:
    """Return the values of `Host` of an origin: with its port, and without if it is the default."""
    parts = urlsplit(origin.lower())
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else str(parts.hostname)
    is_default = port == DEFAULT_PORTS[parts.scheme]
    return frozenset({f"{name}:{port}", name} if is_default else {f"{name}:{port}"})


def _is_served(scope: Scope) -> bool:
    hosts = _hosts_of(scope)
    return len(hosts) == 1 and any(
        hosts[0].lower() in hosts_of_origin(origin) for origin in settings.ORIGINS
    )


def _hosts_of(scope: Scope) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]


def _with_site_host(scope: Scope) -> Scope:
    """Return the scope of a probe with the host of the site, which Django accepts."""
    host = urlsplit(settings.ORIGINS[0]).netloc.encode()
    others = [header for header in scope["headers"] if header[0] != b"host"]
    return {**scope, "headers": [*others, (b"host", host)]}


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()  # websocket.connect
        await send({"type": "websocket.close", "code": 4403})
        return
    address = settings.ORIGINS[0]
    if scope["path"].startswith("/api/"):
        media_type = MEDIA_TYPE
        detail = f"The site is not at this address. Use {address} instead."
        body = orjson.dumps(build_problem(status=400, code="unknown_host", detail=detail))
    else:
        media_type = "text/html; charset=utf-8"
        page = loader.get_template("unknown_host.html").render({"address": address})
        body = page.encode()
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
