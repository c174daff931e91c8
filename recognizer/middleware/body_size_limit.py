"""ASGI middleware that refuses large, slow and anonymous request bodies before Django stores them.

Django stores the whole body in a temporary file before it authenticates the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from math import ceil
from typing import Any

from django.conf import settings

from recognizer.db.query_thread_pool import DatabaseUnavailable, run_query
from recognizer.error_views import API_PREFIX, render_error
from recognizer.realtime.asgi_types import Event, Receive, Scope, Send, get_header
from recognizer.realtime.authentication import identify_session, identify_token

Application = Callable[[Scope, Receive, Send], Awaitable[None]]

ANONYMOUS_MAX_BODY_BYTES = 64 * 1024
"""The forms of visitors, such as sign-in, are smaller."""
BODY_TIMEOUT_S = 20.0
BODY_MIN_BYTES_PER_S = 16 * 1024
"""A body must arrive within BODY_TIMEOUT_S, plus the time of its bytes at this rate."""
MAX_DISCARDED_BYTES = 64 * 1024 * 1024
"""A connection that is closed while the client sends loses the response. So a body up to this size
is read and discarded."""


def limit_body_size(application: Any) -> Application:
    """Limit bodies to DATA_UPLOAD_MAX_MEMORY_SIZE bytes, and to 64 KiB without authentication.

    A body without a declared length is refused.
    """

    async def bounded(scope: Scope, receive: Receive, send: Send) -> None:
        limit, size = settings.DATA_UPLOAD_MAX_MEMORY_SIZE, declared_size(scope)
        if size > limit:
            await send_refusal(scope, send, 413, "too_large", _too_large_message())
            await discard_body(receive, send, size)
            return
        if get_header(scope, b"transfer-encoding") is not None:  # its cost is not known before
            message = "Send the length of the body in the header Content-Length, not in chunks."
            await send_refusal(scope, send, 411, "length_required", message)
            await discard_body(receive, send, size)
            return
        if size > ANONYMOUS_MAX_BODY_BYTES and not await _is_identified(scope):
            if scope["path"].startswith(API_PREFIX):
                message = "Sign in, or send an API token."
                await send_refusal(scope, send, 401, "not_authenticated", message)
                await discard_body(receive, send, size)
                return
            limit = ANONYMOUS_MAX_BODY_BYTES
            if size > limit:
                message = "Sign in before you send a file."
                await send_refusal(scope, send, 413, "too_large", message)
                await discard_body(receive, send, size)
                return
        body = _LimitedBody(receive, limit)
        await application(scope, body.receive, send)
        if body.is_too_large:
            await send_refusal(scope, send, 413, "too_large", _too_large_message())
            await discard_body(receive, send, size)
        elif body.is_late:
            message = "The request took too long. Send it again."
            await send_refusal(scope, send, 408, "timeout", message)
            await send({"type": "http.response.body"})

    return bounded


class _LimitedBody:
    """A body whose size and time are checked. Beyond a limit the application sees a disconnect."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self.is_too_large = self.is_late = False
        self._receive = receive
        self._limit = limit
        self._size = 0
        self._is_complete = False
        self._started_at = asyncio.get_running_loop().time()

    async def receive(self) -> Event:
        if self._is_complete:
            return await self._receive()
        rate_s = self._size / BODY_MIN_BYTES_PER_S
        try:
            async with asyncio.timeout_at(self._started_at + BODY_TIMEOUT_S + rate_s):
                event = await self._receive()
        except TimeoutError:
            self.is_late = True
            return {"type": "http.disconnect"}
        self._size += len(event.get("body", b""))
        self._is_complete = not event.get("more_body", False)
        if self._size > self._limit:
            self.is_too_large = True
            return {"type": "http.disconnect"}
        return event


async def _is_identified(scope: Scope) -> bool:
    """Return whether the session or the token of a request is valid, or cannot be checked."""
    word, _, key = (get_header(scope, b"authorization") or "").partition(" ")
    with suppress(DatabaseUnavailable):  # Django responds with 503
        if word.lower() == "token":
            return await run_query(partial(identify_token, key.strip())) is not None
        return await run_query(partial(identify_session, scope)) is not None
    return True


async def discard_body(receive: Receive, send: Send, size: int) -> None:
    """Discard the rest of the body and end the response."""
    if size <= MAX_DISCARDED_BYTES:
        body = _LimitedBody(receive, MAX_DISCARDED_BYTES)
        while (await body.receive()).get("more_body", False):
            pass
    await send({"type": "http.response.body"})


def declared_size(scope: Scope) -> int:
    """Return the header Content-Length of a request, or 0."""
    text = get_header(scope, b"content-length") or ""
    return int(text) if text.isascii() and text.isdecimal() else 0


def _too_large_message() -> str:
    mebibytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
    return f"A request may have at most {mebibytes} MiB. Go back and choose a smaller file."


async def send_refusal(
    scope: Scope,
    send: Send,
    status: int,
    code: str,
    message: str,
    *,
    retry_after_s: float | None = None,
) -> None:
    """Send the response to a refused request, except its end, which `discard_body` sends."""
    accept = get_header(scope, b"accept") or ""
    media_type, body = render_error(
        path=scope["path"], accept=accept, status=status, code=code, message=message
    )
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    if retry_after_s is not None:
        headers.append((b"retry-after", str(ceil(retry_after_s)).encode()))
    if status == 401:
        headers.append((b"www-authenticate", b"Token"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
