"""Requests of one payer at the same time: the second waits, those of others do not."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from recognizer.middleware import parallel_requests
from recognizer.middleware.early_refusal import PAYER_KEY
from recognizer.middleware.parallel_requests import free_place, limit_parallel_requests
from recognizer.payers import Payer, user_payer
from recognizer.realtime.asgi_types import Event, Receive, Scope, Send
from tests.fixtures.deadlines import deadline


class Site:
    """An application whose requests run until `respond`."""

    def __init__(self) -> None:
        self.running: list[str] = []
        self.statuses: dict[str, int] = {}
        self.scopes: dict[str, Scope] = {}
        self._may_respond = asyncio.Event()
        self._may_end = asyncio.Event()
        self._has_changed = asyncio.Event()
        self._limited = limit_parallel_requests(self._run)
        self._tasks: list[asyncio.Task[None]] = []

    def request(
        self,
        path: str,
        *,
        address: str = "192.0.2.1",
        payer: Payer | None = None,
        has_body: bool = True,
    ) -> None:
        scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": b"",
            "headers": [],
            "client": (address, 1),
        }
        if payer is not None:
            scope[PAYER_KEY] = payer

        async def receive() -> Event:
            if not has_body:
                await asyncio.Event().wait()
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(event: Event) -> None:
            if event["type"] == "http.response.start":
                self.statuses[path] = event["status"]

        self._tasks.append(asyncio.ensure_future(self._limited(scope, receive, send)))

    async def wait_for(self, *paths: str) -> None:
        """Wait until exactly these requests run or have run."""
        async with asyncio.timeout(deadline(10)):
            while sorted(self.running) != sorted(paths):
                self._has_changed.clear()
                await self._has_changed.wait()

    def respond(self) -> None:
        self._may_respond.set()

    async def end(self) -> None:
        self.respond()
        self._may_end.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        self.running.append(scope["path"])
        self.scopes[scope["path"]] = scope
        self._has_changed.set()
        await self._may_respond.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self._may_end.wait()


@pytest.fixture
async def site() -> Any:
    created = Site()
    yield created
    await created.end()


async def test_a_second_request_of_an_address_waits_for_a_response(site: Site) -> None:
    for path in ("/1", "/2"):
        site.request(path)
    site.request("/3", address="192.0.2.2")
    await site.wait_for("/1", "/3")
    site.respond()  # the responses start and continue: a stream takes no place
    await site.wait_for("/1", "/2", "/3")


async def test_a_waiting_request_pauses_as_long_as_the_one_before_ran(site: Site) -> None:
    loop = asyncio.get_running_loop()
    for path in ("/1", "/2"):
        site.request(path)
    await site.wait_for("/1")
    await asyncio.sleep(parallel_requests.MAX_PAUSE_S)  # the time that it runs
    responded_at = loop.time()
    site.respond()
    await site.wait_for("/1", "/2")
    assert loop.time() - responded_at >= parallel_requests.MAX_PAUSE_S


async def test_an_unfinished_body_takes_no_place(site: Site) -> None:
    site.request("/1", has_body=False)
    site.request("/2")
    await site.wait_for("/2")


async def test_a_request_that_waits_for_a_prediction_frees_its_place(site: Site) -> None:
    site.request("/1")
    await site.wait_for("/1")
    site.request("/2")
    await asyncio.to_thread(free_place, cast("Any", SimpleNamespace(scope=site.scopes["/1"])))
    await site.wait_for("/1", "/2")


@pytest.mark.parametrize("path", ["/static/nothing", "/api/v1/drawings/nothing"])
async def test_no_path_passes_the_gate(site: Site, path: str) -> None:
    """A missing static file runs through Django, and its view never waits for a prediction."""
    site.request("/1")
    site.request(path)
    site.request("/2", address="192.0.2.2")
    await site.wait_for("/1", "/2")


async def test_the_guests_of_an_address_take_turns(site: Site) -> None:
    first, second = (user_payer(n, is_guest=True, address="192.0.2.1") for n in (1, 2))
    site.request("/1", payer=first)
    await site.wait_for("/1")
    for path in ("/2", "/3"):
        site.request(path, payer=first)
    site.request("/4", payer=second)
    site.request("/5", payer=7)  # a user has a separate place
    await site.wait_for("/1", "/5")
    site.respond()
    await site.wait_for("/1", "/2", "/3", "/4", "/5")
    assert site.running.index("/4") < site.running.index("/3")


async def test_too_many_waiting_requests_are_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel_requests, "MAX_WAITING_REQUESTS", 1)
    for path in ("/1", "/2", "/3"):
        site.request(path)
    site.request("/4", address="192.0.2.2")
    await site.wait_for("/1", "/4")
    assert site.statuses == {"/3": 429}
    site.respond()
    await site.wait_for("/1", "/2", "/4")


async def test_a_failed_request_frees_its_place() -> None:
    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        raise ConnectionResetError

    limited = limit_parallel_requests(fail)
    scope = {
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [],
        "client": ("192.0.2.1", 1),
    }

    async def receive() -> Event:
        return {"type": "http.request"}

    async def send(event: Event) -> None:
        pass

    async with asyncio.timeout(deadline(10)):
        for _ in range(5):
            with pytest.raises(ConnectionResetError):
                await limited(scope, receive, send)
