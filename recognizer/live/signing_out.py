"""Whoever signs out loses the sockets of that session, on every web process."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest

from recognizer.delivery import announce_sign_out


def connect() -> None:
    user_logged_out.connect(_tell, dispatch_uid="sockets")


def _tell(request: HttpRequest, **_: Any) -> None:
    key = request.session.session_key
    if key:
        announce_sign_out(key)
