"""A websocket client that records its history and follows docs/websocket.md."""

import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, suppress
from types import TracebackType

from tests.faults.harness.history_checker import History
from tests.fixtures.deadlines import deadline
from tests.fixtures.socket_client import SocketClient
from tests.pipeline.factories import load_strokes


class RecordingClient(AbstractContextManager["RecordingClient"]):
    """One socket at a time.

    `reconnect` resumes on a new socket and sends unacknowledged drawings again.
    """

    def __init__(self, connect: Callable[[], SocketClient]) -> None:
        self._connect = connect
        self.history = History()
        self.sent: dict[str, float] = {}
        self.acknowledged_after_s: dict[str, float] = {}
        self.predicted_after_s: dict[str, float] = {}
        self._strokes: dict[str, int] = {}
        self._cursor: int | None = None

    def __enter__(self) -> "RecordingClient":
        self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.__exit__(kind, error, trace)

    def draw(self, count: int = 1) -> list[str]:
        """Send drawings and return their refs in order."""
        refs = []
        for _ in range(count):
            digit, sent_at = len(self.sent) % 10, time.monotonic()
            ref = self._socket.draw(strokes=load_strokes(digit))
            self.sent[ref], self._strokes[ref] = sent_at, digit
            refs.append(ref)
        return refs

    def listen(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        with suppress(TimeoutError):
            while (left := until - time.monotonic()) > 0:
                self._receive(left)

    def wait_until_queued(self, *, within_s: float = 20) -> None:
        self._wait(self.history.acknowledged, within_s, "not acknowledged")

    def wait_until_complete(self, *, within_s: float = 30, others: Collection[str] = ()) -> float:
        """Wait for the predictions of all own drawings and of `others`; return that time.

        Then listen a little longer, because a repeated prediction arrives late.
        """
        self._wait(self.predicted_after_s, within_s, "without a prediction", {*self.sent, *others})
        completed_at = time.monotonic()
        self.listen(0.5)
        return completed_at

    def reconnect(self) -> None:
        self._socket.__exit__(None, None, None)
        self._open()
        self._socket.send(type="resume", since=self._cursor)
        for ref in self.sent.keys() - self.history.acknowledged.keys():
            self._socket.draw(ref=ref, strokes=load_strokes(self._strokes[ref]))

    def _open(self) -> None:
        self._socket = self._connect().__enter__()
        hello = self._socket.receive("hello")
        self.history.record(hello)
        if self._cursor is None:
            self._cursor = hello["cursor"]

    def _wait(
        self, done: Collection[str], within_s: float, state: str, refs: set[str] | None = None
    ) -> None:
        until = time.monotonic() + deadline(within_s)
        expected = refs or set(self.sent)
        while missing := expected.difference(done):
            left = until - time.monotonic()
            count = f"{len(missing)} of {len(expected)}"
            assert left > 0, f"{count} are {state} after {deadline(within_s):.0f} s"
            with suppress(TimeoutError):
                self._receive(left)

    def _receive(self, within_s: float) -> None:
        message = self._socket.receive_next(within_s=within_s)
        self.history.record(message)
        self._cursor = message.get("cursor", self._cursor)
        if message["type"] == "queued":
            self._record_time(self.acknowledged_after_s, message["ref"])
        elif message["type"] in ("prediction", "failed"):
            self._record_time(self.predicted_after_s, message["ref"])

    def _record_time(self, after_s: dict[str, float], ref: str) -> None:
        after_s.setdefault(ref, time.monotonic() - self.sent.get(ref, time.monotonic()))
