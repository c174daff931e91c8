"""People and their sockets, on a running site."""

import itertools
import json
import time
import urllib.parse
import urllib.request
from contextlib import AbstractContextManager
from http.cookiejar import CookieJar
from types import TracebackType
from typing import Any
from uuid import uuid4

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.fixtures.site_process import SiteProcess

PASSWORD = "a-good-long-password"
STROKES = [[[0, 0, 0], [0, 10, 40], [1, 20, 80]]]
WITHIN_S = 10

_numbers = itertools.count(time.time_ns() % 10**9)

Message = dict[str, Any]


class Person:
    """Somebody who has just signed up; `cookie` is their session."""

    def __init__(self, site: SiteProcess) -> None:
        self.site = site
        self.name = f"talker{next(_numbers)}"
        self._jar = CookieJar()
        self._web = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar))
        words = {"username": self.name, "password1": PASSWORD, "password2": PASSWORD}
        self.post("/accounts/signup/", **words)

    @property
    def cookie(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._jar)

    def post(self, path: str, **fields: str) -> None:
        """Send a form as a browser does, its token read from the page."""
        self._web.open(self.site.base_url + path).close()
        token = next(cookie.value for cookie in self._jar if cookie.name == "csrftoken")
        data = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        request = urllib.request.Request(
            self.site.base_url + path, data, headers={"Referer": self.site.base_url}
        )
        self._web.open(request).close()

    def call(self, method: str, path: str) -> None:
        """A call of the HTTP interface with this person's session."""
        token = next(cookie.value or "" for cookie in self._jar if cookie.name == "csrftoken")
        headers = {"Referer": self.site.base_url, "X-CSRFToken": token}
        url = f"{self.site.base_url}/api/v1/{path}"
        self._web.open(urllib.request.Request(url, method=method, headers=headers)).close()

    def talk(self, **headers: str) -> "Talk":
        return Talk(self.site, Cookie=self.cookie, **headers)


class Talk(AbstractContextManager["Talk"]):
    """One socket. `hear` waits for a message of a type and keeps what came before it in `heard`."""

    def __init__(self, site: SiteProcess, **headers: str) -> None:
        self._connecting = connect(
            f"ws://localhost:{site.port}/ws/recognize/",
            additional_headers=headers,
            compression=None,
            max_size=None,
        )
        self.heard: list[Message] = []

    def __enter__(self) -> "Talk":
        self.socket = self._connecting.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connecting.__exit__(kind, error, trace)

    def say(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def draw(self, *, strokes: Any = STROKES, **fields: Any) -> str:
        """Send a drawing; returns its ref."""
        message = {"ref": str(uuid4()), "revision": 1, "strokes": strokes, **fields}
        self.say(type="draw", **message)
        return str(message["ref"])

    def hear(self, kind: str, **fields: Any) -> Message:
        deadline = time.monotonic() + WITHIN_S
        while True:
            message = self.hear_any(within_s=deadline - time.monotonic())
            if message["type"] == kind and fields.items() <= message.items():
                return message

    def hear_any(self, *, within_s: float) -> Message:
        message: Message = json.loads(self.socket.recv(timeout=within_s))
        self.heard.append(message)
        return message

    def recognized(self, **fields: Any) -> Message:
        """Draw, and wait for the answer."""
        return self.hear("prediction", ref=self.draw(**fields))

    def closes_with(self) -> int | None:
        try:
            while True:
                self.heard.append(json.loads(self.socket.recv(timeout=WITHIN_S)))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None
