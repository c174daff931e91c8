"""Drawings over a real socket, with broker and worker."""

from typing import Any
from uuid import uuid4

import pytest

from tests.fixtures.socket_client import STROKES, SocketClient
from tests.pipeline.factories import load_strokes
from tests.pipeline.user_sessions import UserSession


def test_hello_has_the_cursor_and_the_limits(user_session: UserSession) -> None:
    with user_session.talk() as talk:
        hello = talk.hear("hello")
    assert talk.heard == [hello]
    assert hello["limits"] == {
        "strokes": 200,
        "points": 5000,
        "coordinate": 100_000,
        "frame_bytes": 262_144,
    }
    assert isinstance(hello["cursor"], int)


def test_a_drawing_is_queued_and_predicted(talk: SocketClient) -> None:
    ref = talk.draw(strokes=load_strokes(7), pointer="pen")
    answer = talk.hear("prediction", ref=ref)
    queued, drawing = talk.heard[1:3]
    assert queued == {"type": "queued", "ref": ref, "revision": 1, "id": answer["id"]}
    assert (drawing["type"], drawing["status"], drawing["id"]) == (
        "drawing",
        "queued",
        answer["id"],
    )
    assert "strokes" not in drawing
    assert (answer["digit"], answer["decision"], answer["revision"]) == (7, "digit", 1)
    assert sum(answer["probabilities"]) == pytest.approx(1, abs=1e-4)
    assert drawing["cursor"] < answer["cursor"]


def test_only_the_newest_revision_is_predicted(talk: SocketClient) -> None:
    ref = talk.draw(strokes=load_strokes(1))
    for revision in range(2, 30):
        talk.draw(ref=ref, revision=revision, strokes=load_strokes(7))
    answer = talk.hear("prediction", ref=ref, revision=29)
    assert answer["digit"] == 7
    assert len({message["id"] for message in talk.heard if "id" in message}) == 1


def test_the_same_drawing_again_receives_the_same_prediction(talk: SocketClient) -> None:
    ref = str(uuid4())
    first = talk.recognized(ref=ref)
    talk.draw(ref=ref)
    again = talk.hear("prediction", ref=ref)
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
    talk: SocketClient, change: dict[str, Any], code: str
) -> None:
    answer = talk.recognized(revision=5)
    talk.draw(**{"ref": answer["ref"], "revision": 5, "strokes": STROKES, **change})
    error = talk.hear("error")
    assert (error["code"], error["ref"]) == (code, answer["ref"])
    talk.recognized()


def test_a_claim_is_about_the_drawings_before_it(talk: SocketClient) -> None:
    answer = talk.recognized()
    for revision in range(2, 12):
        talk.draw(ref=answer["ref"], revision=revision, strokes=load_strokes(7))
        talk.say(type="claim", id=answer["id"], claim=8)
        assert talk.hear("label")["revision"] == revision


def test_publishes_a_deletion_and_refuses_new_revisions(
    user_session: UserSession, talk: SocketClient
) -> None:
    answer = talk.recognized()
    user_session.call("DELETE", f"drawings/{answer['id']}/")
    assert talk.hear("deleted")["id"] == answer["id"]
    talk.draw(ref=answer["ref"], revision=2)
    assert talk.hear("error")["code"] == "deleted"
    user_session.call("POST", f"drawings/{answer['id']}/restore/")
    assert talk.hear("restored")["id"] == answer["id"]


def test_only_the_sockets_of_the_owner_receive_changes(
    user_session: UserSession, other_user_session: UserSession
) -> None:
    with (
        user_session.talk() as one,
        user_session.talk() as other,
        other_user_session.talk() as foreign,
    ):
        for talk in (one, other, foreign):
            talk.hear("hello")
        answer = one.recognized()
        other.say(type="claim", id=answer["id"], claim=3)
        for talk in (one, other):
            assert talk.hear("label")["claim"] == 3
        kinds = [message["type"] for message in other.heard]
        assert kinds == ["hello", "drawing", "prediction", "label"]
        foreign.recognized()
        assert answer["id"] not in {message.get("id") for message in foreign.heard}


@pytest.mark.parametrize("label", [0, 9, "not_a_digit", None])
def test_publishes_a_claim_as_it_was_sent(talk: SocketClient, label: object) -> None:
    answer = talk.recognized()
    talk.say(type="claim", id=answer["id"], claim=label)
    assert talk.hear("label")["claim"] == label


def test_refuses_a_claim_on_a_drawing_of_another_user(
    talk: SocketClient, other_user_session: UserSession
) -> None:
    answer = talk.recognized()
    with other_user_session.talk() as foreign:
        foreign.say(type="claim", id=answer["id"], claim=3)
        error = foreign.hear("error")
    assert (error["code"], error["id"]) == ("not_found", answer["id"])


def test_a_resume_sends_missed_changes(user_session: UserSession, talk: SocketClient) -> None:
    seen = talk.recognized()
    with user_session.talk() as elsewhere:
        missed = elsewhere.recognized()
        elsewhere.say(type="claim", id=seen["id"], claim=5)
        elsewhere.hear("label")
    with user_session.talk() as back:
        back.say(type="resume", since=seen["cursor"])
        resumed = back.hear("resumed")
    assert resumed["complete"]
    told = [(message["type"], message.get("id")) for message in back.heard[1:-1]]
    both = [(kind, drawing) for drawing in (missed["id"], seen["id"]) for kind in STATE]
    assert told == both
    relabelled = back.heard[3]
    assert (relabelled["id"], relabelled["claim"]) == (seen["id"], 5)
    assert back.heard[-2]["cursor"] == resumed["cursor"]


def test_a_resume_without_changes_sends_nothing(
    user_session: UserSession, talk: SocketClient
) -> None:
    cursor = talk.recognized()["cursor"]
    with user_session.talk() as back:
        back.say(type="resume", since=cursor)
        assert back.hear("resumed") == {"type": "resumed", "cursor": cursor, "complete": True}
    assert len(back.heard) == 2


def test_an_unknown_cursor_requires_a_reload(talk: SocketClient) -> None:
    talk.say(type="resume", since=10**15)
    assert talk.hear("resumed")["complete"] is False


def test_every_drawing_of_a_burst_is_predicted_once(talk: SocketClient) -> None:
    refs = {talk.draw(strokes=load_strokes(index % 10)) for index in range(200)}
    for _ in refs:
        talk.hear("prediction")
    talk.say(type="resume", since=talk.heard[-1]["cursor"])
    talk.hear("resumed")
    answered = [message["ref"] for message in talk.heard if message["type"] == "prediction"]
    assert len(answered) == len(set(answered))
    assert set(answered) == refs


STATE = ("drawing", "prediction")
