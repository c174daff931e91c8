"""Django signals: signing out closes the sockets of the session in every web process."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest

from recognizer.messaging.event_publisher import publish_sign_out


def connect_signals() -> None:
    user_logged_out.connect(_publish_sign_out, dispatch_uid="sockets")


def _publish_sign_out(request: HttpRequest, **_: Any) -> None:
    key = request.session.session_key
    if key:
        publish_sign_out(key)
