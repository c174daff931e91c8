"""What one person sent and heard: every drawing answered, once, and how long each took."""

import time
from collections import Counter
from contextlib import suppress

from tests.fixtures.talk import Talk
from tests.way.drawing import strokes_of


class Ledger:
    """For one socket; `draw` sends, `listen` hears, `settle` waits for the last."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.sent: dict[str, float] = {}
        self.took_s: dict[str, float] = {}
        self._answers: Counter[str] = Counter()

    def draw(self, count: int) -> None:
        for number in range(count):
            sent_at = time.monotonic()
            self.sent[self.talk.draw(strokes=strokes_of(number % 10))] = sent_at

    def listen(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        with suppress(TimeoutError):
            while (left := until - time.monotonic()) > 0:
                self._hear(left)

    def settle(self, *, within_s: float = 30) -> None:
        deadline = time.monotonic() + within_s
        while not self.sent.keys() <= self.took_s.keys():
            missing = len(self.sent.keys() - self.took_s.keys())
            left = deadline - time.monotonic()
            assert left > 0, f"{missing} of {len(self.sent)} have no answer after {within_s} s"
            with suppress(TimeoutError):
                self._hear(left)

    def require_once(self) -> None:
        """None answered twice; listens a little longer, for a second answer comes late."""
        self.listen(0.5)
        assert {ref: count for ref, count in self._answers.items() if count > 1} == {}

    def _hear(self, within_s: float) -> None:
        message = self.talk.hear_any(within_s=within_s)
        if message["type"] in ("prediction", "failed"):
            self._answers[message["ref"]] += 1
            if sent_at := self.sent.get(message["ref"]):
                self.took_s.setdefault(message["ref"], time.monotonic() - sent_at)
