"""The websocket of a training run: its state, its events, its permissions."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from pytest_django.fixtures import Settings
from websockets.exceptions import ConnectionClosed

from recognizer.models import RunEvent, Snapshot, TrainingRun, User
from tests.fixtures.deadlines import deadline
from tests.fixtures.socket_client import SocketClient
from tests.security.conftest import Cookie, cookie, web
from tests.security.permissions import ROLES, PermissionRow, load_rows
from tests.security.web_process import WebProcess
from tests.training.factories import make_run

__all__ = ["cookie", "web"]

MISSING_RUN_ID = "01a1fc4f-1264-790d-843b-af03cf352863"


@pytest.fixture
def run(transactional_db: None, snapshot: Snapshot) -> TrainingRun:
    return make_run(snapshot, status="running")


def _connect(web: WebProcess, run_id: object, session: str) -> SocketClient:
    return web.connect(session, path=f"/ws/training/{run_id}/")


@pytest.mark.parametrize("row", load_rows("training_socket"), ids=lambda row: row.request)
def test_each_role_gets_the_expected_result(
    row: PermissionRow,
    web: WebProcess,
    run: TrainingRun,
    cookie: Cookie,
    request: pytest.FixtureRequest,
) -> None:
    found = {}
    for role in ROLES:
        session = "" if role == "anonymous" else cookie(request.getfixturevalue(role))
        with _connect(
            web, run.pk if row.request == "an existing run" else MISSING_RUN_ID, session
        ) as client:
            found[role] = _first_response(client)
    assert found == row.results


def _first_response(client: SocketClient) -> str:
    try:
        return str(client.receive_next(within_s=deadline(8))["type"])
    except ConnectionClosed as closed:
        return str(closed.rcvd.code if closed.rcvd else None)


@pytest.fixture
def run_socket(
    web: WebProcess, run: TrainingRun, admin: User, cookie: Cookie
) -> Iterator[SocketClient]:
    """A socket of an admin that received `hello`."""
    with _connect(web, run.pk, cookie(admin)) as client:
        client.receive("hello")
        yield client


def _publish_event(run: TrainingRun, kind: str, **body: Any) -> int:
    return RunEvent.objects.create(run=run, kind=kind, body=body).pk


def test_hello_contains_the_run_and_its_events(
    web: WebProcess, run: TrainingRun, admin: User, cookie: Cookie
) -> None:
    _publish_event(run, "log", text="started")
    newest = _publish_event(run, "epoch", epoch=1, loss=0.5)
    with _connect(web, run.pk, cookie(admin)) as client:
        hello = client.receive_next(within_s=deadline(8))
    assert (hello["type"], hello["cursor"]) == ("hello", newest)
    assert hello["user"] == {"id": admin.pk, "username": admin.username}
    assert hello["run"]["id"] == str(run.pk)
    assert [event["type"] for event in hello["events"]] == ["log", "epoch"]


def test_sends_every_change_once_within_two_seconds(
    run_socket: SocketClient, run: TrainingRun
) -> None:
    began = time.monotonic()
    _publish_event(run, "step", epoch_progress=0.5, loss=0.9)
    TrainingRun.objects.update(progress={"phase": "training", "fraction": 0.5})
    assert run_socket.receive("step")["loss"] == 0.9
    assert run_socket.receive("run")["run"]["progress"]["fraction"] == 0.5
    assert time.monotonic() - began < deadline(2)
    _publish_event(run, "log", text="more")
    run_socket.receive("log")
    assert [message["type"] for message in run_socket.received] == ["hello", "step", "run", "log"]


def test_resume_sends_missed_events(
    run_socket: SocketClient, web: WebProcess, run: TrainingRun, admin: User, cookie: Cookie
) -> None:
    run_socket.socket.close()
    _publish_event(run, "epoch", epoch=1, loss=0.5)
    with _connect(web, run.pk, cookie(admin)) as again:
        assert [event["type"] for event in again.receive("hello")["events"]] == ["epoch"]
        again.send(type="resume", since=0)
        assert again.receive("resumed")["complete"]


def test_closes_the_socket_of_a_demoted_admin(run_socket: SocketClient, admin: User) -> None:
    admin.groups.clear()
    assert run_socket.close_code(within_s=4) == 4403


def test_closes_the_socket_after_sign_out(run_socket: SocketClient) -> None:
    Session.objects.all().delete()
    assert run_socket.close_code(within_s=4) == 4401


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
def test_invalid_message_gets_an_error(
    run_socket: SocketClient, run: TrainingRun, text: str, code: str
) -> None:
    run_socket.socket.send(text)
    assert run_socket.receive("error")["code"] == code
    _publish_event(run, "log", text="still here")
    run_socket.receive("log")


def test_refuses_one_socket_too_many(
    run_socket: SocketClient,
    web: WebProcess,
    run: TrainingRun,
    admin: User,
    cookie: Cookie,
    settings: Settings,
) -> None:
    settings.MAX_SOCKETS_PER_USER = 1
    with _connect(web, run.pk, cookie(admin)) as second:
        assert second.receive("error")["code"] == "rate_limited"
        assert second.close_code() == 4429
