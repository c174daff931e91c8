"""Check of the Origin header of websocket handshakes."""

from __future__ import annotations

from django.conf import settings

from recognizer.realtime.asgi_types import Scope, get_header


def is_allowed_origin(scope: Scope) -> bool:
    """Accept the listed origins, and programs, which send none.

    Scheme, host and port are compared as a whole, so `null` is refused.
    """
    origin = get_header(scope, b"origin")
    return origin is None or origin.lower().rstrip("/") in {
        listed.lower().rstrip("/") for listed in settings.ORIGINS
    }
