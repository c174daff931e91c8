"""The history checker: what clients sent and heard, held against what the database has.

Each acknowledged drawing is stored once and answered once; what every client sees in the end is
what is stored. Every test that breaks something ends with `require_whole`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.harness.database_rows import DrawingRow, DrawingState, read_rows

Message = Mapping[str, Any]


@dataclass
class History:
    """What one client heard: the newest revision of each ref that was acknowledged, how often each
    was answered, and what it sees in the end, by id."""

    acknowledged: dict[str, int] = field(default_factory=dict)
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    view: dict[str, DrawingState] = field(default_factory=dict)
    greetings: int = 0

    def hear(self, message: Message) -> None:
        kind = message["type"]
        assert kind != "error", message
        if kind == "hello":
            self.greetings += 1
        elif kind == "resumed":
            assert message["complete"], "it missed too much; nobody reads the lists anew here"
        elif kind == "queued":
            newest = max(message["revision"], self.acknowledged.get(message["ref"], 0))
            self.acknowledged[message["ref"]] = newest
        elif kind == "drawing":
            self._see(message, message["status"], message["prediction"])
        elif kind in ("prediction", "failed"):
            self.answers[message["ref"], message["revision"]] += 1
            is_answer = kind == "prediction"
            self._see(message, "recognized" if is_answer else kind, message if is_answer else None)

    @property
    def answered(self) -> set[str]:
        return {ref for ref, _ in self.answers}

    def _see(self, message: Message, status: str, answer: Message | None) -> None:
        """News may come twice and out of turn: the higher revision wins, and an answer stays."""
        decision, digit = (answer["decision"], answer["digit"]) if answer else (None, None)
        drawn = DrawingState(message["ref"], message["revision"], status, decision, digit)
        known = self.view.get(message["id"])
        if known is None or drawn.progress >= known.progress:
            self.view[message["id"]] = drawn


def assert_consistent(
    database: str, *histories: History, failed: Iterable[str] = ()
) -> list[DrawingRow]:
    """Returns the rows. `failed` are the refs whose worker may die of them; everything else must
    be recognized. The database must hold nothing but what these clients have drawn."""
    rows = read_rows(database)
    stored = Counter(row.drawn.ref for row in rows)
    acknowledged = {ref for history in histories for ref in history.acknowledged}
    assert {ref: count for ref, count in stored.items() if count > 1} == {}, "stored twice"
    assert acknowledged - stored.keys() == set(), "acknowledged, not stored"
    fates = {"failed": set(failed), "recognized": stored.keys() - set(failed)}
    for status, refs in fates.items():
        strays = {row.drawn.ref for row in rows if row.drawn.status == status} ^ refs
        assert strays == set(), f"{status}, or not {status}, against expectation"
    wrongly = {row.id: row.answers for row in rows if row.answers != row.pending_predictions}
    assert wrongly == {}, "not answered once in the database"
    for history in histories:
        _assert_client_in_sync(rows, history)
    return rows


def _assert_client_in_sync(rows: list[DrawingRow], history: History) -> None:
    """Who stayed connected heard each answer once; who was away may hear one again."""
    missing = history.acknowledged.keys() - history.answered
    assert missing == set(), "acknowledged, answer not heard"
    if history.greetings == 1:
        assert {it: count for it, count in history.answers.items() if count > 1} == {}, "twice"
    seen = history.acknowledged.keys() | {drawn.ref for drawn in history.view.values()}
    owners = {row.owner for row in rows if row.drawn.ref in seen}
    own = {row.id: row.drawn for row in rows if row.owner in owners}
    assert history.view == own, "it sees something else than the database has"
