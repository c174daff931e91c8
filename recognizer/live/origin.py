"""Which origins may open a socket: those listed, and programs, which send none."""

from __future__ import annotations

from django.conf import settings

from recognizer.live.asgi import Scope, read_header


def is_allowed_origin(scope: Scope) -> bool:
    """Scheme, host and port are compared as a whole; `null` and the like are foreign."""
    origin = read_header(scope, b"origin")
    return origin is None or origin.lower().rstrip("/") in {
        listed.lower().rstrip("/") for listed in settings.ORIGINS
    }
