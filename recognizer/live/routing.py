"""Which socket answers which address."""

from __future__ import annotations

from typing import Any

from channels.routing import URLRouter
from django.urls import path, re_path

from recognizer.live.asgi import Receive, Scope, Send
from recognizer.live.consumers import recognize_socket
from recognizer.live.training import training_socket


async def no_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """There is no socket at this address."""
    await receive()
    await send({"type": "websocket.close"})


def _route(make: Any, address: str, application: Any) -> Any:
    """Django's types know views only; channels routes to ASGI applications by the same means."""
    return make(address, application)


sockets = URLRouter(
    [
        _route(path, "ws/recognize/", recognize_socket),
        _route(path, "ws/training/<str:id>/", training_socket),
        _route(re_path, "", no_socket),
    ]
)
