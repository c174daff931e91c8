"""ASGI middleware that refuses large request bodies before Django writes them to the disk.

Django stores the whole body in a temporary file before it authenticates the request.
"""

from __future__ import annotations

from typing import Any

import orjson
from django.conf import settings

from recognizer.api.problem_details import MEDIA_TYPE, build_problem
from recognizer.realtime.asgi_types import Application, Event, Receive, Scope, Send, get_header


def limit_body_size(application: Any) -> Application:
    """Limit bodies to DATA_UPLOAD_MAX_MEMORY_SIZE bytes; larger requests receive 413."""

    async def bounded(scope: Scope, receive: Receive, send: Send) -> None:
        if _declared_size(scope) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            await _send_too_large(send)
            return
        body = _LimitedBody(receive)
        await application(scope, body.receive, send)
        if body.is_too_large:
            await _send_too_large(send)

    return bounded


class _LimitedBody:
    """A body whose size is counted; beyond the limit the application sees a disconnect."""

    def __init__(self, receive: Receive) -> None:
        self.is_too_large = False
        self._receive = receive
        self._size = 0

    async def receive(self) -> Event:
        event = await self._receive()
        self._size += len(event.get("body", b""))
        if self._size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            self.is_too_large = True
            return {"type": "http.disconnect"}
        return event


def _declared_size(scope: Scope) -> int:
    text = get_header(scope, b"content-length") or ""
    return int(text) if text.isascii() and text.isdecimal() else 0


async def _send_too_large(send: Send) -> None:
    mebibytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
    sentence = f"A request may have at most {mebibytes} MiB."
    body = orjson.dumps(build_problem(status=413, code="too_large", detail=sentence))
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
