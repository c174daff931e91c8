"""The limits that `hello` tells, so that a client need not find them out by refusals."""

from __future__ import annotations

from django.conf import settings

from recognizer.protocol import JSON


def limits_json() -> JSON:
    return {
        "strokes": settings.INK_MAX_STROKES,
        "points": settings.INK_MAX_POINTS,
        "coordinate": settings.INK_MAX_COORDINATE,
        "frame_bytes": settings.WS_MAX_MESSAGE_BYTES,
    }
