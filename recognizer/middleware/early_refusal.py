"""ASGI middleware that refuses requests beyond the budget before Django reads them.

A refusal by Django takes as much processor time as several drawings, so that a client that ignores
it would delay all users. This one takes a hundredth, and holds the response back, so that each
connection of such a client sends one request per second. Pages are not refused here, because
Django's page keeps the input of a form; they wait for their turn, one per second and payer.
"""

from __future__ import annotations

import hashlib
import time
from asyncio import sleep
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from recognizer import rate_limits
from recognizer.error_views import wants_problem
from recognizer.middleware.body_size_limit import declared_size, discard_body, send_refusal
from recognizer.payers import Payer, address_payer
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
MAX_TURN_S = 30.0
"""The longest time in which a page waits for its turn."""
MAX_KNOWN_CREDENTIALS = 16_384
MAX_TURNS = 16_384
PAYER_KEY = "digitsite.payer"
"""The key of the payer in the scope of a request."""

_payers: dict[bytes, Payer] = {}
"""The payer of each credential that Django has checked. It may be outdated: it only decides whose
budget is compared with the cost."""


_last_turns: dict[Payer, float] = {}
"""The time of the last page that waits or has waited, by payer."""


def refuse_over_budget(application: Any) -> Application:
    """Refuse programs, and delay pages, whose payer cannot afford the request."""

    async def checked(scope: Scope, receive: Receive, send: Send) -> None:
        payer = find_payer(scope)
        missing_s = _missing_s(scope, payer)
        if not missing_s:
            await application(scope, receive, send)
            return
        hold_s = min(missing_s, MAX_HOLD_S)
        is_page = not wants_problem(scope["path"], get_header(scope, b"accept") or "")
        turn_s = _take_turn(payer, hold_s) if is_page else None
        await sleep(hold_s if turn_s is None else turn_s)
        if turn_s is not None:
            await application(scope, receive, send)
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


def _take_turn(payer: Payer, hold_s: float) -> float | None:
    """Return the seconds to wait for the next page of a payer, or None if too many pages wait."""
    now = time.monotonic()
    turn_s = max(0.0, _last_turns.get(payer, 0.0) - now) + hold_s
    if turn_s > MAX_TURN_S:
        return None
    _last_turns.pop(payer, None)
    if len(_last_turns) >= MAX_TURNS:
        _last_turns.pop(next(iter(_last_turns)))
    _last_turns[payer] = now + turn_s
    return turn_s


def find_payer(scope: Scope) -> Payer:
    """Return who pays for a request: the address until Django has checked the credential."""
    if PAYER_KEY not in scope:
        credential = _credential(build_page_request(scope))
        known = None if credential is None else _payers.get(credential)
        address = (scope.get("client") or ("",))[0]
        scope[PAYER_KEY] = address_payer(address) if known is None else known
    payer: Payer = scope[PAYER_KEY]
    return payer


def _missing_s(scope: Scope, payer: Payer) -> float:
    """Return the seconds until the payer can afford a request; 0 if now."""
    if scope["path"].startswith(settings.STATIC_URL):
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
    """Return a hash of the token or the session cookie of a request, or None.

    Another kind of authorization is that of a proxy, which may send the same for all users.
    """
    text = request.headers.get("Authorization", "")
    if not text.lower().startswith("token "):
        text = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return hashlib.sha256(text.encode()).digest() if text else None
