"""A person's client that writes its history, and knows what docs/websocket.md requires."""

import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, suppress
from types import TracebackType

from tests.faults.harness.history_checker import History
from tests.fixtures.deadlines import deadline
from tests.fixtures.socket_client import SocketClient
from tests.pipeline.factories import load_strokes


class RecordingClient(AbstractContextManager["RecordingClient"]):
    """One socket at a time. `draw` sends, `listen` hears, `settle` waits for the last answer;
    `come_back` resumes on a new socket and sends again what nobody acknowledged."""

    def __init__(self, connect: Callable[[], SocketClient]) -> None:
        self._connect = connect
        self.history = History()
        self.sent: dict[str, float] = {}
        self.acknowledged_after_s: dict[str, float] = {}
        self.answered_after_s: dict[str, float] = {}
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
        self._talk.__exit__(kind, error, trace)

    def draw(self, count: int = 1) -> list[str]:
        """Their refs, in order."""
        refs = []
        for _ in range(count):
            digit, sent_at = len(self.sent) % 10, time.monotonic()
            ref = self._talk.draw(strokes=load_strokes(digit))
            self.sent[ref], self._strokes[ref] = sent_at, digit
            refs.append(ref)
        return refs

    def listen(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        with suppress(TimeoutError):
            while (left := until - time.monotonic()) > 0:
                self._hear(left)

    def wait_until_queued(self, *, within_s: float = 20) -> None:
        self._wait(self.history.acknowledged, within_s, "not acknowledged")

    def settle(self, *, within_s: float = 30, others: Collection[str] = ()) -> float:
        """Wait until all that was sent has its answer, and what `others` sent; when the last one
        came. Then listens a little longer, for a second answer comes late."""
        self._wait(self.answered_after_s, within_s, "without an answer", {*self.sent, *others})
        resolved_at = time.monotonic()
        self.listen(0.5)
        return resolved_at

    def reconnect(self) -> None:
        self._talk.__exit__(None, None, None)
        self._open()
        self._talk.say(type="resume", since=self._cursor)
        for ref in self.sent.keys() - self.history.acknowledged.keys():
            self._talk.draw(ref=ref, strokes=load_strokes(self._strokes[ref]))

    def _open(self) -> None:
        self._talk = self._connect().__enter__()
        hello = self._talk.hear("hello")
        self.history.hear(hello)
        if self._cursor is None:
            self._cursor = hello["cursor"]

    def _wait(
        self, done: Collection[str], within_s: float, what: str, refs: set[str] | None = None
    ) -> None:
        until = time.monotonic() + deadline(within_s)
        wanted = refs or set(self.sent)
        while missing := wanted.difference(done):
            left = until - time.monotonic()
            count = f"{len(missing)} of {len(wanted)}"
            assert left > 0, f"{count} are {what} after {deadline(within_s):.0f} s"
            with suppress(TimeoutError):
                self._hear(left)

    def _hear(self, within_s: float) -> None:
        message = self._talk.receive_any(within_s=within_s)
        self.history.hear(message)
        self._cursor = message.get("cursor", self._cursor)
        if message["type"] == "queued":
            self._note(self.acknowledged_after_s, message["ref"])
        elif message["type"] in ("prediction", "failed"):
            self._note(self.answered_after_s, message["ref"])

    def _note(self, after_s: dict[str, float], ref: str) -> None:
        after_s.setdefault(ref, time.monotonic() - self.sent.get(ref, time.monotonic()))
