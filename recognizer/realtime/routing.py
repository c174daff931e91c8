"""Websocket URLs."""

from __future__ import annotations

from functools import partial
from typing import Any

from channels.routing import URLRouter
from django.urls import path, re_path

from recognizer.realtime.asgi_types import Receive, Scope, Send
from recognizer.realtime.base_consumer import run_consumer
from recognizer.realtime.recognize_consumer import RecognizeConsumer
from recognizer.realtime.training_consumer import TrainingConsumer


async def reject_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a socket at an unknown URL."""
    await receive()
    await send({"type": "websocket.close"})


def _route(make: Any, url: str, application: Any) -> Any:
    """Call `path` or `re_path`; Django types accept views only, channels ASGI applications."""
    return make(url, application)


websocket_router = URLRouter(
    [
        _route(path, "ws/recognize/", partial(run_consumer, RecognizeConsumer)),
        _route(path, "ws/training/<str:id>/", partial(run_consumer, TrainingConsumer)),
        _route(re_path, "", reject_socket),
    ]
)
