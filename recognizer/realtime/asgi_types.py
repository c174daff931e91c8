"""ASGI types."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

from django.core.handlers.asgi import ASGIRequest

from recognizer.middleware.control_characters import drop_malformed_cookies

Scope = dict[str, Any]
Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def build_page_request(scope: Scope) -> ASGIRequest:
    """Return the handshake as a request of a page, so that sockets read cookies and the host
    exactly as pages do."""
    request = ASGIRequest({**scope, "method": "GET"}, BytesIO())
    drop_malformed_cookies(request)
    return request


def get_header(scope: Scope, name: bytes) -> str | None:
    """Return the first header of a name (lower case), or None."""
    found = next((value for key, value in scope["headers"] if key == name), None)
    return found.decode("latin-1") if found is not None else None
