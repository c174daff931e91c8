"""Which origins may open a socket: those listed, and programs, which send none."""

from __future__ import annotations

from django.conf import settings

from recognizer.realtime.asgi_types import Scope, get_header


def is_allowed_origin(scope: Scope) -> bool:
    """Scheme, host and port are compared as a whole; `null` and the like are foreign."""
    origin = get_header(scope, b"origin")
    return origin is None or origin.lower().rstrip("/") in {
        listed.lower().rstrip("/") for listed in settings.ORIGINS
    }
