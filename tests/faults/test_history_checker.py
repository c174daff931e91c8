"""The history checker: lost, repeated and different results."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from tests.faults.harness.history_checker import History, assert_consistent

TABLES = """
CREATE TABLE recognizer_drawing (id, owner_id, attempts, ink, ref, revision, status, prediction_id);
CREATE TABLE recognizer_prediction (id, drawing_id, revision, decision, digit);
"""
DRAWING = "INSERT INTO recognizer_drawing VALUES (?, 1, 1, '', ?, 1, 'recognized', ?)"
PREDICTION = "INSERT INTO recognizer_prediction VALUES (?, ?, 1, 'digit', 7)"
REFS = [str(UUID(int=number)) for number in range(1, 4)]
ANOTHER = str(UUID(int=9))

Statement = tuple[str, tuple[object, ...]]
Database = Callable[..., str]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """Return a function that makes a database with a prediction for each of REFS, then runs SQL."""

    def make(*more: Statement) -> str:
        path = tmp_path / "db.sqlite3"
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executescript(TABLES)
            for ref in REFS:
                connection.execute(DRAWING, (ref, ref, ref))
                connection.execute(PREDICTION, (ref, ref))
            for statement, values in more:
                connection.execute(statement, values)
        return str(path)

    return make


@pytest.fixture
def history() -> History:
    """Return the history of a client that received everything."""
    history = History()
    history.record({"type": "hello", "cursor": 0})
    for ref in REFS:
        history.record({"type": "queued", "ref": ref, "revision": 1, "id": ref})
        history.record(_prediction_message(ref))
    return history


def _prediction_message(ref: str, digit: int = 7) -> dict[str, object]:
    about = {"id": ref, "ref": ref, "revision": 1}
    return {"type": "prediction", **about, "decision": "digit", "digit": digit}


def test_complete_history_passes(database: Database, history: History) -> None:
    assert len(assert_consistent(database(), history)) == len(REFS)


BROKEN: dict[str, list[Statement]] = {
    "acknowledged, not stored": [("DELETE FROM recognizer_drawing WHERE ref = ?", (REFS[1],))],
    "stored twice": [(DRAWING, (ANOTHER, REFS[1], REFS[1]))],
    "not predicted once": [(PREDICTION, (ANOTHER, REFS[1]))],
    "unexpected status": [
        ("UPDATE recognizer_drawing SET status = 'queued' WHERE ref = ?", (REFS[1],))
    ],
    "view differs": [("UPDATE recognizer_prediction SET digit = 1 WHERE id = ?", (REFS[1],))],
}


@pytest.mark.parametrize(("message", "statements"), BROKEN.items(), ids=BROKEN)
def test_finds_inconsistent_database_rows(
    database: Database, history: History, message: str, statements: list[Statement]
) -> None:
    with pytest.raises(AssertionError, match=message):
        assert_consistent(database(*statements), history)


def test_finds_a_missing_prediction(database: Database) -> None:
    history = History()
    for ref in REFS:
        history.record({"type": "queued", "ref": ref, "revision": 1, "id": ref})
    for ref in REFS[:2]:
        history.record(_prediction_message(ref))
    with pytest.raises(AssertionError, match="prediction not received"):
        assert_consistent(database(), history)


def test_finds_a_repeated_prediction(database: Database, history: History) -> None:
    history.record(_prediction_message(REFS[1]))
    with pytest.raises(AssertionError, match="twice"):
        assert_consistent(database(), history)


def test_reconnected_client_may_receive_a_prediction_again(
    database: Database, history: History
) -> None:
    history.record({"type": "hello", "cursor": 0})
    history.record(_prediction_message(REFS[1]))
    assert_consistent(database(), history)


def test_finds_a_client_view_that_differs(database: Database, history: History) -> None:
    history.record({"type": "hello", "cursor": 0})
    history.record(_prediction_message(REFS[1], digit=1))
    with pytest.raises(AssertionError, match="view differs"):
        assert_consistent(database(), history)


def test_ignores_events_out_of_order(database: Database, history: History) -> None:
    about = {"id": REFS[1], "ref": REFS[1], "revision": 1}
    history.record({"type": "drawing", **about, "status": "queued", "prediction": None})
    assert_consistent(database(), history)
