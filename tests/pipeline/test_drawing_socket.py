"""Drawings over a real socket, with broker and worker."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.fixtures.socket_client import STROKES, SocketClient
from tests.pipeline.factories import load_strokes
from tests.pipeline.user_sessions import UserSession

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CLOCK_TOLERANCE = timedelta(milliseconds=1)  # of rounding


def test_hello_has_the_cursor_and_the_limits(user_session: UserSession) -> None:
    with user_session.connect() as socket_client:
        hello = socket_client.receive("hello")
    assert socket_client.received == [hello]
    assert hello["limits"] == {
        "strokes": 200,
        "points": 5000,
        "coordinate": 100_000,
        "frame_bytes": 262_144,
    }
    assert isinstance(hello["cursor"], int)


def test_a_drawing_is_queued_and_predicted(socket_client: SocketClient) -> None:
    ref = socket_client.draw(strokes=load_strokes(7), pointer="pen")
    prediction = socket_client.receive("prediction", ref=ref)
    queued, drawing = socket_client.received[1:3]
    assert queued == {"type": "queued", "ref": ref, "revision": 1, "id": prediction["id"]}
    assert (drawing["type"], drawing["status"], drawing["id"]) == (
        "drawing",
        "queued",
        prediction["id"],
    )
    assert "strokes" not in drawing
    assert (prediction["digit"], prediction["decision"], prediction["revision"]) == (7, "digit", 1)
    assert sum(prediction["probabilities"]) == pytest.approx(1, abs=1e-4)
    assert drawing["cursor"] < prediction["cursor"]


@pytest.mark.parametrize(("age", "stored"), [(HOUR, HOUR), (365 * DAY, 7 * DAY)])
def test_a_drawing_that_waited_keeps_its_time(
    socket_client: SocketClient, age: timedelta, stored: timedelta
) -> None:
    sent_at = datetime.now(UTC)
    ref = socket_client.draw(age_ms=int(age / timedelta(milliseconds=1)))
    drawing = socket_client.receive("drawing", ref=ref)
    earliest = sent_at - stored - CLOCK_TOLERANCE
    assert earliest <= datetime.fromisoformat(drawing["created_at"]) < datetime.now(UTC) - stored
    socket_client.draw(ref=ref, revision=2)
    newer = socket_client.receive("drawing", ref=ref, revision=2)
    assert newer["created_at"] == drawing["created_at"]


def test_only_the_newest_revision_is_predicted(socket_client: SocketClient) -> None:
    ref = socket_client.draw(strokes=load_strokes(1))
    for revision in range(2, 30):
        socket_client.draw(ref=ref, revision=revision, strokes=load_strokes(7))
    prediction = socket_client.receive("prediction", ref=ref, revision=29)
    assert prediction["digit"] == 7
    replies = [message for message in socket_client.received if message.get("ref") == ref]
    assert len({message["id"] for message in replies if "id" in message}) == 1


def test_the_same_drawing_again_receives_the_same_prediction(socket_client: SocketClient) -> None:
    ref = str(uuid4())
    first = socket_client.draw_and_wait(ref=ref)
    socket_client.draw(ref=ref)
    again = socket_client.receive("prediction", ref=ref)
    assert {**again, "cursor": 0} == {**first, "cursor": 0}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"strokes": [[[9, 9], [1, 1]]]}, "conflict"),
        ({"revision": 4}, "stale"),
    ],
    ids=["other ink", "a revision going back"],
)
def test_refuses_conflicting_and_stale_revisions(
    socket_client: SocketClient, change: dict[str, Any], code: str
) -> None:
    prediction = socket_client.draw_and_wait(revision=5)
    socket_client.draw(**{"ref": prediction["ref"], "revision": 5, "strokes": STROKES, **change})
    error = socket_client.receive("error")
    assert (error["code"], error["ref"]) == (code, prediction["ref"])
    socket_client.draw_and_wait()


def test_a_claim_applies_to_the_latest_revision(socket_client: SocketClient) -> None:
    prediction = socket_client.draw_and_wait()
    for revision in range(2, 12):
        socket_client.draw(ref=prediction["ref"], revision=revision, strokes=load_strokes(7))
        socket_client.send(type="claim", id=prediction["id"], claim=8)
        assert socket_client.receive("label")["revision"] == revision


def test_publishes_a_deletion_and_refuses_new_revisions(
    user_session: UserSession, socket_client: SocketClient
) -> None:
    prediction = socket_client.draw_and_wait()
    user_session.call("DELETE", f"drawings/{prediction['id']}/")
    assert socket_client.receive("deleted")["id"] == prediction["id"]
    socket_client.draw(ref=prediction["ref"], revision=2)
    assert socket_client.receive("error")["code"] == "deleted"
    user_session.call("POST", f"drawings/{prediction['id']}/restore/")
    assert socket_client.receive("restored")["id"] == prediction["id"]


def test_only_the_sockets_of_the_owner_receive_changes(
    user_session: UserSession, other_user_session: UserSession
) -> None:
    with (
        user_session.connect() as first,
        user_session.connect() as second,
        other_user_session.connect() as foreign,
    ):
        for client in (first, second, foreign):
            client.receive("hello")
        prediction = first.draw_and_wait()
        second.send(type="claim", id=prediction["id"], claim=3)
        for client in (first, second):
            assert client.receive("label")["claim"] == 3
        kinds = [message["type"] for message in second.received]
        assert kinds == ["hello", "drawing", "prediction", "label"]
        foreign.draw_and_wait()
        assert prediction["id"] not in {message.get("id") for message in foreign.received}


@pytest.mark.parametrize("label", [0, 9, "not_a_digit", None])
def test_publishes_a_claim(socket_client: SocketClient, label: object) -> None:
    prediction = socket_client.draw_and_wait()
    socket_client.send(type="claim", id=prediction["id"], claim=label)
    assert socket_client.receive("label")["claim"] == label


def test_refuses_a_claim_on_a_drawing_of_another_user(
    socket_client: SocketClient, other_user_session: UserSession
) -> None:
    prediction = socket_client.draw_and_wait()
    with other_user_session.connect() as foreign:
        foreign.send(type="claim", id=prediction["id"], claim=3)
        error = foreign.receive("error")
    assert (error["code"], error["id"]) == ("not_found", prediction["id"])


def test_a_resume_sends_missed_changes(
    user_session: UserSession, socket_client: SocketClient
) -> None:
    seen = socket_client.draw_and_wait()
    with user_session.connect() as other_client:
        missed = other_client.draw_and_wait()
        other_client.send(type="claim", id=seen["id"], claim=5)
        other_client.receive("label")
    with user_session.connect() as reconnected:
        reconnected.send(type="resume", since=seen["cursor"])
        resumed = reconnected.receive("resumed")
    assert resumed["complete"]
    received = [(message["type"], message.get("id")) for message in reconnected.received[1:-1]]
    both = [(kind, drawing) for drawing in (missed["id"], seen["id"]) for kind in STATE]
    assert received == both
    relabelled = reconnected.received[3]
    assert (relabelled["id"], relabelled["claim"]) == (seen["id"], 5)
    assert reconnected.received[-2]["cursor"] == resumed["cursor"]


def test_a_resume_without_changes_sends_nothing(
    user_session: UserSession, socket_client: SocketClient
) -> None:
    cursor = socket_client.draw_and_wait()["cursor"]
    with user_session.connect() as reconnected:
        epoch = reconnected.receive("hello")["epoch"]
        reconnected.send(type="resume", since=cursor, epoch=epoch)
        assert reconnected.receive("resumed") == {
            "type": "resumed",
            "cursor": cursor,
            "epoch": epoch,
            "complete": True,
        }
    assert len(reconnected.received) == 2


def test_an_unknown_cursor_requires_a_reload(socket_client: SocketClient) -> None:
    socket_client.send(type="resume", since=10**15)
    assert socket_client.receive("resumed")["complete"] is False


def test_every_drawing_of_a_burst_is_predicted_once(socket_client: SocketClient) -> None:
    refs = {socket_client.draw(strokes=load_strokes(index % 10)) for index in range(200)}
    for _ in refs:
        socket_client.receive("prediction")
    socket_client.send(type="resume", since=socket_client.received[-1]["cursor"])
    socket_client.receive("resumed")
    predicted_refs = [
        message["ref"] for message in socket_client.received if message["type"] == "prediction"
    ]
    assert len(predicted_refs) == len(set(predicted_refs))
    assert set(predicted_refs) == refs


STATE = ("drawing", "prediction")
