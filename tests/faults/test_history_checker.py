"""The history checker finds what it is there to find."""

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
ANSWER = "INSERT INTO recognizer_prediction VALUES (?, ?, 1, 'digit', 7)"
REFS = [str(UUID(int=number)) for number in range(1, 4)]
ANOTHER = str(UUID(int=9))

Statement = tuple[str, tuple[object, ...]]
Database = Callable[..., str]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A database in which each of REFS has been stored and answered once, and what else is said."""

    def make(*more: Statement) -> str:
        path = tmp_path / "db.sqlite3"
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executescript(TABLES)
            for ref in REFS:
                connection.execute(DRAWING, (ref, ref, ref))
                connection.execute(ANSWER, (ref, ref))
            for statement, values in more:
                connection.execute(statement, values)
        return str(path)

    return make


@pytest.fixture
def history() -> History:
    """Of somebody who heard all of it."""
    history = History()
    history.hear({"type": "hello", "cursor": 0})
    for ref in REFS:
        history.hear({"type": "queued", "ref": ref, "revision": 1, "id": ref})
        history.hear(_answer(ref))
    return history


def _answer(ref: str, digit: int = 7) -> dict[str, object]:
    about = {"id": ref, "ref": ref, "revision": 1}
    return {"type": "prediction", **about, "decision": "digit", "digit": digit}


def test_a_whole_history_passes(database: Database, history: History) -> None:
    assert len(assert_consistent(database(), history)) == len(REFS)


BROKEN: dict[str, list[Statement]] = {
    "acknowledged, not stored": [("DELETE FROM recognizer_drawing WHERE ref = ?", (REFS[1],))],
    "stored twice": [(DRAWING, (ANOTHER, REFS[1], REFS[1]))],
    "not answered once": [(ANSWER, (ANOTHER, REFS[1]))],
    "recognized, or not": [
        ("UPDATE recognizer_drawing SET status = 'queued' WHERE ref = ?", (REFS[1],))
    ],
    "it sees something else": [
        ("UPDATE recognizer_prediction SET digit = 1 WHERE id = ?", (REFS[1],))
    ],
}


@pytest.mark.parametrize(("what", "done"), BROKEN.items(), ids=BROKEN)
def test_it_finds_what_the_database_did_wrong(
    database: Database, history: History, what: str, done: list[Statement]
) -> None:
    with pytest.raises(AssertionError, match=what):
        assert_consistent(database(*done), history)


def test_it_finds_an_answer_that_never_came(database: Database) -> None:
    history = History()
    for ref in REFS:
        history.hear({"type": "queued", "ref": ref, "revision": 1, "id": ref})
    for ref in REFS[:2]:
        history.hear(_answer(ref))
    with pytest.raises(AssertionError, match="answer not heard"):
        assert_consistent(database(), history)


def test_it_finds_an_answer_that_came_twice(database: Database, history: History) -> None:
    history.hear(_answer(REFS[1]))
    with pytest.raises(AssertionError, match="twice"):
        assert_consistent(database(), history)


def test_who_was_away_may_hear_an_answer_again(database: Database, history: History) -> None:
    history.hear({"type": "hello", "cursor": 0})
    history.hear(_answer(REFS[1]))
    assert_consistent(database(), history)


def test_it_finds_what_a_client_sees_otherwise(database: Database, history: History) -> None:
    history.hear({"type": "hello", "cursor": 0})
    history.hear(_answer(REFS[1], digit=1))
    with pytest.raises(AssertionError, match="sees something else"):
        assert_consistent(database(), history)


def test_news_out_of_turn_change_nothing(database: Database, history: History) -> None:
    about = {"id": REFS[1], "ref": REFS[1], "revision": 1}
    history.hear({"type": "drawing", **about, "status": "queued", "prediction": None})
    assert_consistent(database(), history)
