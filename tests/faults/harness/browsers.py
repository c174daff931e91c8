"""A thousand browsers: Node runs the realtime connection of the site for each of them."""

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
    """One browser for each cookie.

    `histories` hold what they received, `waits_ms` the first reconnect delay of each browser that
    lost its connection.
    """

    def __init__(self, site: SiteProcess, cookies: list[str]) -> None:
        self.histories = [History() for _ in cookies]
        self.waits_ms: dict[int, int] = {}
        self._open: set[int] = set()
        self._error: Exception | None = None
        self._url = f"ws://localhost:{site.port}/ws/recognize/"
        self._cookies = cookies

    def __enter__(self) -> "Browsers":
        self._node = subprocess.Popen(
            [NODE, PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self._send({"url": self._url, "cookies": self._cookies})
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
        """Send one drawing from each browser."""
        self._send("draw")

    def wait_until_open(self, *, within_s: float) -> float:
        """Wait until all are connected and have sent `resume`."""
        return self._wait(lambda: len(self._open), within_s, "are open")

    def wait_until_lost(self, *, within_s: float) -> float:
        return self._wait(lambda: len(self.waits_ms), within_s, "noticed the loss")

    def wait_until_predicted(self, drawings: int, *, within_s: float) -> float:
        """Wait until each has received predictions for `drawings` drawings."""
        return self._wait_for(
            lambda history: len(history.predicted) >= drawings, within_s, "have predictions"
        )

    def wait_until_acknowledged(self, drawings: int, *, within_s: float) -> float:
        return self._wait_for(
            lambda history: len(history.acknowledged) >= drawings, within_s, "are acknowledged"
        )

    def _wait_for(self, condition: Callable[[History], bool], within_s: float, what: str) -> float:
        return self._wait(lambda: sum(map(condition, self.histories)), within_s, what)

    def _wait(self, count: Callable[[], int], within_s: float, what: str) -> float:
        def is_met() -> bool:
            if self._error:
                raise self._error
            return bool(count() == len(self._cookies))

        text = f"of {len(self._cookies)} {what}"
        return wait_until(is_met, within_s=within_s, what=lambda: f"{count()} {text}")

    def _send(self, command: object) -> None:
        assert self._node.stdin
        self._node.stdin.write(json.dumps(command).encode() + b"\n")
        self._node.stdin.flush()

    def _read(self) -> None:
        assert self._node.stdout
        for line in self._node.stdout:
            try:
                self._receive(*json.loads(line))
            except Exception as error:
                self._error = error

    def _receive(self, number: int, kind: str, body: dict[str, Any]) -> None:
        if kind == "message":
            self.histories[number].record(body)
        elif body["name"] == "open":
            self._open.add(number)
        else:
            self._open.discard(number)
        if body.get("name") == "lost":
            self.waits_ms.setdefault(number, body["retryInMs"])
