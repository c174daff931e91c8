"""Django signals: signing out closes the sockets of the session in every web process."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from recognizer.messaging.event_publisher import publish_sign_out


@receiver(user_logged_out, dispatch_uid="sockets")
def close_sockets(request: HttpRequest, **_: Any) -> None:
    if key := request.session.session_key:
        publish_sign_out(key)
