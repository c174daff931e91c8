"""ASGI middleware that refuses requests beyond the budget before Django reads them.

A refusal by Django takes as much processor time as several drawings, so that a client that ignores
it would delay all users. This one takes a hundredth, and holds the response back, so that each
connection of such a client sends one request per second.
"""

from __future__ import annotations

import hashlib
from asyncio import sleep
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from recognizer import rate_limits
from recognizer.body_size_limit import declared_size, discard_body, send_refusal
from recognizer.error_views import wants_problem
from recognizer.rate_limits import Payer
from recognizer.realtime.asgi_types import (
    Application,
    Receive,
    Scope,
    Send,
    build_page_request,
    get_header,
)
from recognizer.request_costs import find_route_kind, request_cost

MAX_HOLD_S = 1.0
MAX_KNOWN_CREDENTIALS = 16_384

_payers: dict[bytes, Payer] = {}
"""The payer of each credential that Django has checked. It may be outdated: it only decides whose
budget is compared with the cost."""


def refuse_over_budget(application: Any) -> Application:
    """Refuse programs, and delay pages, whose payer cannot afford the request."""

    async def checked(scope: Scope, receive: Receive, send: Send) -> None:
        missing_s = _missing_s(scope)
        if not missing_s:
            await application(scope, receive, send)
            return
        await sleep(min(missing_s, MAX_HOLD_S))
        if not wants_problem(scope["path"], get_header(scope, b"accept") or ""):
            await application(scope, receive, send)  # Django's page keeps the input of a form
            return
        message = "Too many requests; wait a moment."
        retry_after_s = max(1.0, missing_s - MAX_HOLD_S)
        await send_refusal(scope, send, 429, "rate_limited", message, retry_after_s=retry_after_s)
        await discard_body(receive, send, declared_size(scope))

    return checked


def remember_payer(request: HttpRequest, payer: Payer) -> None:
    """Remember whose budget the credential of a request spends from."""
    credential = _credential(request)
    if credential is not None:
        _payers.pop(credential, None)
        if len(_payers) >= MAX_KNOWN_CREDENTIALS:
            _payers.pop(next(iter(_payers)), None)
        _payers[credential] = payer


def _missing_s(scope: Scope) -> float:
    """Return the seconds until the payer can afford a request; 0 if now, or if it is unknown."""
    if scope["path"].startswith(settings.STATIC_URL):
        return 0
    credential = _credential(build_page_request(scope))
    if credential is None:
        payer: Payer | None = rate_limits.address_payer((scope.get("client") or ("",))[0])
    else:
        payer = _payers.get(credential)
    if payer is None:
        return 0
    try:
        name = resolve(scope["path"]).view_name
    except Resolver404:
        name = ""
    if find_route_kind(name, scope["method"]) == "free":
        return 0
    content_type = get_header(scope, b"content-type") or ""
    is_form = content_type.startswith("multipart/")
    size = declared_size(scope)
    cost = request_cost(name, scope["method"], size=size, is_form=is_form)
    return rate_limits.seconds_until_affordable(payer, cost)


def _credential(request: HttpRequest) -> bytes | None:
    """Return a hash of the token or the session cookie of a request, or None."""
    text = request.headers.get("Authorization") or request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return hashlib.sha256(text.encode()).digest() if text else None
