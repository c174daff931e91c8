"""Devices on which a user has signed in before. A signed cookie remembers them.

A known device is exempt from the limits that strangers use up with wrong passwords.
"""

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

MAX_USERS_PER_DEVICE = 10
MAX_AGE_S = 400 * 24 * 3600
_SALT = "recognizer.known_device"


def find_device_id(request: HttpRequest, user_id: int) -> str | None:
    """Return the id of this device for a user who signed in on it, else None."""
    return _read_cookie(request).get(str(user_id))


def remember_device(request: HttpRequest, response: HttpResponse, user_id: int) -> None:
    """Set the cookie after a sign-in. A device keeps its id for a user."""
    devices = _read_cookie(request)
    device_id = devices.pop(str(user_id), None) or secrets.token_urlsafe(12)
    devices[str(user_id)] = device_id
    newest = dict(list(devices.items())[-MAX_USERS_PER_DEVICE:])
    response.set_cookie(
        settings.KNOWN_DEVICE_COOKIE_NAME,
        signing.dumps(newest, salt=_SALT),
        max_age=MAX_AGE_S,
        path="/accounts/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read_cookie(request: HttpRequest) -> dict[str, str]:
    text = request.COOKIES.get(settings.KNOWN_DEVICE_COOKIE_NAME, "")
    try:
        devices: Any = signing.loads(text, salt=_SALT, max_age=MAX_AGE_S)
    except signing.BadSignature:
        return {}
    return devices if isinstance(devices, dict) else {}
