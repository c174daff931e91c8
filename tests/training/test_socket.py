"""The socket of a run: how it stands, every change, and who is let in."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from pytest_django.fixtures import Settings
from websockets.exceptions import ConnectionClosed

from recognizer.models import RunEvent, Snapshot, TrainingRun, User
from tests.fixtures.deadlines import deadline
from tests.fixtures.talk import Talk
from tests.guard.access_page import WHO, Row, read_rows
from tests.guard.conftest import Cookie, cookie, nothing_was_spent, web
from tests.guard.served import Web
from tests.training.runs import run_of

__all__ = ["cookie", "nothing_was_spent", "web"]

NOT_THERE = "01a1fc4f-1264-790d-843b-af03cf352863"


@pytest.fixture
def run(transactional_db: None, snapshot: Snapshot) -> TrainingRun:
    return run_of(snapshot, status="running")


def _watch(web: Web, run_id: object, session: str) -> Talk:
    return web.talk(session, path=f"/ws/training/{run_id}/")


@pytest.mark.parametrize(
    "row", read_rows("The socket of a training run"), ids=lambda row: row.asked
)
def test_everybody_gets_what_the_page_says(
    row: Row, web: Web, run: TrainingRun, cookie: Cookie, request: pytest.FixtureRequest
) -> None:
    found = {}
    for who in WHO:
        session = "" if who == "anonymous" else cookie(request.getfixturevalue(who))
        with _watch(web, run.pk if row.asked == "a run" else NOT_THERE, session) as talk:
            found[who] = _what_comes(talk)
    assert found == row.gets


def _what_comes(talk: Talk) -> str:
    try:
        return str(talk.hear_any(within_s=deadline(8))["type"])
    except ConnectionClosed as closed:
        return str(closed.rcvd.code if closed.rcvd else None)


@pytest.fixture
def watching(web: Web, run: TrainingRun, admin: User, cookie: Cookie) -> Iterator[Talk]:
    """An admin's socket of the run, greeted."""
    with _watch(web, run.pk, cookie(admin)) as talk:
        talk.hear("hello")
        yield talk


def _tell(run: TrainingRun, kind: str, **body: Any) -> int:
    return RunEvent.objects.create(run=run, kind=kind, body=body).pk


def test_it_begins_with_how_the_run_stands(
    web: Web, run: TrainingRun, admin: User, cookie: Cookie
) -> None:
    _tell(run, "log", text="begun")
    newest = _tell(run, "epoch", epoch=1, loss=0.5)
    with _watch(web, run.pk, cookie(admin)) as talk:
        hello = talk.hear_any(within_s=deadline(8))
    assert (hello["type"], hello["cursor"]) == ("hello", newest)
    assert hello["run"]["id"] == str(run.pk)
    assert [event["type"] for event in hello["events"]] == ["log", "epoch"]


def test_every_change_is_told_once_within_two_seconds(watching: Talk, run: TrainingRun) -> None:
    began = time.monotonic()
    _tell(run, "step", at=0.5, loss=0.9)
    TrainingRun.objects.update(progress={"phase": "training", "fraction": 0.5})
    assert watching.hear("step")["loss"] == 0.9
    assert watching.hear("run")["run"]["progress"]["fraction"] == 0.5
    assert time.monotonic() - began < deadline(2)
    _tell(run, "log", text="more")
    watching.hear("log")
    assert [one["type"] for one in watching.heard] == ["hello", "step", "run", "log"]


def test_who_comes_back_is_level_again(
    watching: Talk, web: Web, run: TrainingRun, admin: User, cookie: Cookie
) -> None:
    watching.socket.close()
    _tell(run, "epoch", epoch=1, loss=0.5)
    with _watch(web, run.pk, cookie(admin)) as again:
        assert [event["type"] for event in again.hear("hello")["events"]] == ["epoch"]
        again.say(type="resume", since=0)
        assert again.hear("resumed")["complete"]


def test_who_is_no_admin_any_more_hears_nothing_more(watching: Talk, admin: User) -> None:
    User.objects.filter(pk=admin.pk).update(is_superuser=False)
    admin.groups.clear()
    assert watching.closes_with(within_s=4) == 4403


def test_who_signs_out_hears_nothing_more(watching: Talk) -> None:
    Session.objects.all().delete()
    assert watching.closes_with(within_s=4) == 4401


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "bad_json"),
        ("[]", "bad_message"),
        ('{"type": "draw"}', "unknown_type"),
        ('{"type": "resume"}', "bad_message"),
        ('{"type": "resume", "since": "' + "x" * 300_000 + '"}', "too_large"),
    ],
)
def test_nonsense_is_answered_and_harms_nothing(
    watching: Talk, run: TrainingRun, text: str, code: str
) -> None:
    watching.socket.send(text)
    assert watching.hear("error")["code"] == code
    _tell(run, "log", text="still here")
    watching.hear("log")


def test_one_socket_too_many_is_refused(
    watching: Talk,
    web: Web,
    run: TrainingRun,
    admin: User,
    cookie: Cookie,
    settings: Settings,
) -> None:
    settings.SOCKETS_PER_USER = 1
    with _watch(web, run.pk, cookie(admin)) as second:
        assert second.hear("error")["code"] == "rate_limited"
        assert second.closes_with() == 4429
