"""The client and the client for asyncio. Both run the calls of calls.py."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Self

import httpx

from digitsite_client import calls
from digitsite_client.calls import Call, Drawing, Label, Pause, Request, Result, Strokes

DEFAULT_WAIT_S = 20.0
TIMEOUT_S = 30.0

Outcome = httpx.Response | httpx.TransportError | None


def _advance(call: Call[Result], outcome: Outcome) -> Request | Pause:
    """Return the next step of a call. Raises StopIteration with its result."""
    return call.throw(outcome) if isinstance(outcome, Exception) else call.send(outcome)


def _options(url: str | None, token: str | None) -> dict[str, Any]:
    url = url or os.environ.get("DIGITSITE_URL")
    token = token or os.environ.get("DIGITSITE_TOKEN")
    if not url or not token:
        raise ValueError("Set DIGITSITE_URL and DIGITSITE_TOKEN, or give url and token.")
    return {
        "base_url": f"{url.rstrip('/')}/api/v1/",
        "headers": {"Authorization": f"Token {token}"},
        "timeout": TIMEOUT_S,
    }


def _arguments(request: Request) -> dict[str, Any]:
    return {
        "params": request.params,
        "json": request.json,
        "data": request.data,
        "files": {"image": request.file} if request.file else None,
    }


class Client:
    """A user of a site. `url` and `token` default to DIGITSITE_URL and DIGITSITE_TOKEN."""

    def __init__(self, url: str | None = None, token: str | None = None) -> None:
        self._http = httpx.Client(**_options(url, token))

    def draw(
        self,
        strokes: Strokes | None = None,
        *,
        image: str | Path | bytes | None = None,
        wait_s: float = DEFAULT_WAIT_S,
    ) -> Drawing:
        return self._run(calls.draw(strokes=strokes, image=image, wait_s=wait_s))

    def get(self, id: str) -> Drawing:
        return self._run(calls.get(id))

    def wait(self, drawing: Drawing | str, *, timeout_s: float = DEFAULT_WAIT_S) -> Drawing:
        return self._run(calls.wait(drawing, timeout_s=timeout_s))

    def label(self, id: str, value: Label) -> Drawing:
        return self._run(calls.label(id, value))

    def export(self, **filters: Any) -> Iterator[Drawing]:
        """Return all drawings, newest first. The filters are those of `GET drawings/`."""
        query: str | None = ""
        while query is not None:
            page, query = self._run(calls.list_page(query, filters))
            yield from page

    def _run(self, call: Call[Result]) -> Result:
        outcome: Outcome = None
        while True:
            try:
                step = _advance(call, outcome)
            except StopIteration as done:
                result: Result = done.value
                return result
            outcome = self._take(step)

    def _take(self, step: Request | Pause) -> Outcome:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        try:
            return self._http.request(step.method, step.path, **_arguments(step))
        except httpx.TransportError as error:
            return error

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient:
    """The client for asyncio, with the same methods."""

    def __init__(self, url: str | None = None, token: str | None = None) -> None:
        self._http = httpx.AsyncClient(**_options(url, token))

    async def draw(
        self,
        strokes: Strokes | None = None,
        *,
        image: str | Path | bytes | None = None,
        wait_s: float = DEFAULT_WAIT_S,
    ) -> Drawing:
        return await self._run(calls.draw(strokes=strokes, image=image, wait_s=wait_s))

    async def get(self, id: str) -> Drawing:
        return await self._run(calls.get(id))

    async def wait(self, drawing: Drawing | str, *, timeout_s: float = DEFAULT_WAIT_S) -> Drawing:
        return await self._run(calls.wait(drawing, timeout_s=timeout_s))

    async def label(self, id: str, value: Label) -> Drawing:
        return await self._run(calls.label(id, value))

    async def export(self, **filters: Any) -> AsyncIterator[Drawing]:
        query: str | None = ""
        while query is not None:
            page, query = await self._run(calls.list_page(query, filters))
            for drawing in page:
                yield drawing

    async def _run(self, call: Call[Result]) -> Result:
        outcome: Outcome = None
        while True:
            try:
                step = _advance(call, outcome)
            except StopIteration as done:
                result: Result = done.value
                return result
            outcome = await self._take(step)

    async def _take(self, step: Request | Pause) -> Outcome:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        try:
            return await self._http.request(step.method, step.path, **_arguments(step))
        except httpx.TransportError as error:
            return error

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
