"""Which socket answers which address."""

from __future__ import annotations

from typing import Any

from channels.routing import URLRouter
from django.urls import path, re_path

from recognizer.realtime.asgi_types import Receive, Scope, Send
from recognizer.realtime.recognize_consumer import recognize_app
from recognizer.realtime.training_consumer import training_app


async def reject_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """There is no socket at this address."""
    await receive()
    await send({"type": "websocket.close"})


def _route(make: Any, address: str, application: Any) -> Any:
    """Django's types know views only; channels routes to ASGI applications by the same means."""
    return make(address, application)


websocket_router = URLRouter(
    [
        _route(path, "ws/recognize/", recognize_app),
        _route(path, "ws/training/<str:id>/", training_app),
        _route(re_path, "", reject_socket),
    ]
)
