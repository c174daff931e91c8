"""The history checker: compares the messages of clients with the database.

Each acknowledged drawing must be stored once and have one prediction. The final view of every
client must equal the database. Every fault test ends with `assert_consistent`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.harness.database_rows import DrawingRow, DrawingState, read_rows

Message = Mapping[str, Any]


@dataclass
class History:
    """The messages of one client.

    The newest acknowledged revision by ref, the number of predictions by ref and revision, and the
    final view by id.
    """

    acknowledged: dict[str, int] = field(default_factory=dict)
    num_predictions: Counter[tuple[str, int]] = field(default_factory=Counter)
    view: dict[str, DrawingState] = field(default_factory=dict)
    num_hellos: int = 0

    def record(self, message: Message) -> None:
        kind = message["type"]
        assert kind != "error", message
        if kind == "hello":
            self.num_hellos += 1
        elif kind == "resumed":
            assert message["complete"], "it missed too much to resume"
        elif kind == "queued":
            newest = max(message["revision"], self.acknowledged.get(message["ref"], 0))
            self.acknowledged[message["ref"]] = newest
        elif kind == "drawing":
            self._update_view(message, message["status"], message["prediction"])
        elif kind in ("prediction", "failed"):
            self.num_predictions[message["ref"], message["revision"]] += 1
            is_prediction = kind == "prediction"
            self._update_view(
                message, "recognized" if is_prediction else kind, message if is_prediction else None
            )

    @property
    def predicted(self) -> set[str]:
        return {ref for ref, _ in self.num_predictions}

    def _update_view(self, message: Message, status: str, prediction: Message | None) -> None:
        """Apply an event. Events may be repeated or out of order: the higher revision wins."""
        decision, digit = (
            (prediction["decision"], prediction["digit"]) if prediction else (None, None)
        )
        state = DrawingState(message["ref"], message["revision"], status, decision, digit)
        known = self.view.get(message["id"])
        if known is None or state.progress >= known.progress:
            self.view[message["id"]] = state


def assert_consistent(
    database: str, *histories: History, failed: Iterable[str] = ()
) -> list[DrawingRow]:
    """Return the rows. All drawings must be recognized, except the refs in `failed`.

    The database must hold the drawings of these clients only.
    """
    rows = read_rows(database)
    stored = Counter(row.drawing.ref for row in rows)
    acknowledged = {ref for history in histories for ref in history.acknowledged}
    assert {ref: count for ref, count in stored.items() if count > 1} == {}, "stored twice"
    assert acknowledged - stored.keys() == set(), "acknowledged, not stored"
    expected = {"failed": set(failed), "recognized": stored.keys() - set(failed)}
    for status, refs in expected.items():
        unexpected = {row.drawing.ref for row in rows if row.drawing.status == status} ^ refs
        assert unexpected == set(), f"unexpected status, {status} or not"
    wrong = {
        row.id: row.num_predictions
        for row in rows
        if row.num_predictions != row.expected_predictions
    }
    assert wrong == {}, "not predicted once in the database"
    for history in histories:
        _assert_client_in_sync(rows, history)
    return rows


def _assert_client_in_sync(rows: list[DrawingRow], history: History) -> None:
    """Compare the view. Only a client that reconnected may receive a prediction twice."""
    missing = history.acknowledged.keys() - history.predicted
    assert missing == set(), "acknowledged, prediction not received"
    if history.num_hellos == 1:
        assert {key: count for key, count in history.num_predictions.items() if count > 1} == {}, (
            "twice"
        )
    seen = history.acknowledged.keys() | {state.ref for state in history.view.values()}
    owners = {row.owner for row in rows if row.drawing.ref in seen}
    own = {row.id: row.drawing for row in rows if row.owner in owners}
    assert history.view == own, "the view differs from the database"
