"""A thousand browsers: Node runs the site's own live connection for each of them."""

import json
import subprocess
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

import playwright

from tests.faults.harness.history_checker import History
from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import SiteProcess, wait_until

NODE = Path(playwright.__file__).parent / "driver" / "node"
PROGRAM = Path(__file__).parent / "browsers.mjs"


class Browsers(AbstractContextManager["Browsers"]):
    """One for each cookie. `histories` are what they heard, `waits_ms` how long each of those that
    lost its connection wanted to wait before it came back, the first time."""

    def __init__(self, site: SiteProcess, cookies: list[str]) -> None:
        self.histories = [History() for _ in cookies]
        self.waits_ms: dict[int, int] = {}
        self._open: set[int] = set()
        self._problem: Exception | None = None
        self._url = f"ws://localhost:{site.port}/ws/recognize/"
        self._cookies = cookies

    def __enter__(self) -> "Browsers":
        self._node = subprocess.Popen(
            [NODE, PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self._say({"url": self._url, "cookies": self._cookies})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.close()
        self._node.wait(deadline(10))
        self._reader.join()
        self._node.stdout.close()

    def draw(self) -> None:
        """Each of them one drawing."""
        self._say("draw")

    def wait_until_open(self, *, within_s: float) -> float:
        """All are connected, and have said what they want to resume."""
        return self._wait(lambda: len(self._open), within_s, "are open")

    def wait_until_lost(self, *, within_s: float) -> float:
        return self._wait(lambda: len(self.waits_ms), within_s, "have noticed")

    def wait_until_answered(self, drawings: int, *, within_s: float) -> float:
        """Each has heard the answers to so many drawings."""
        return self._wait_for(lambda it: len(it.answered) >= drawings, within_s, "are answered")

    def wait_until_acknowledged(self, drawings: int, *, within_s: float) -> float:
        return self._wait_for(
            lambda it: len(it.acknowledged) >= drawings, within_s, "are acknowledged"
        )

    def _wait_for(self, is_so: Callable[[History], bool], within_s: float, what: str) -> float:
        return self._wait(lambda: sum(map(is_so, self.histories)), within_s, what)

    def _wait(self, count: Callable[[], int], within_s: float, what: str) -> float:
        def is_so() -> bool:
            if self._problem:
                raise self._problem
            return bool(count() == len(self._cookies))

        text = f"of {len(self._cookies)} {what}"
        return wait_until(is_so, within_s=within_s, what=lambda: f"{count()} {text}")

    def _say(self, what: object) -> None:
        assert self._node.stdin
        self._node.stdin.write(json.dumps(what).encode() + b"\n")
        self._node.stdin.flush()

    def _read(self) -> None:
        assert self._node.stdout
        for line in self._node.stdout:
            try:
                self._hear(*json.loads(line))
            except Exception as problem:
                self._problem = problem

    def _hear(self, number: int, kind: str, body: dict[str, Any]) -> None:
        if kind == "message":
            self.histories[number].hear(body)
        elif body["name"] == "open":
            self._open.add(number)
        else:
            self._open.discard(number)
        if body.get("name") == "lost":
            self.waits_ms.setdefault(number, body["retryInMs"])
