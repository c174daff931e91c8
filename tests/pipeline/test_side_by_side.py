"""Side-by-side requests through sockets, two web processes and a worker."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

from tests.fixtures.site_process import ROOT, SiteProcess, find_free_port, wait_until
from tests.fixtures.socket_client import Message, SocketClient
from tests.pipeline.factories import load_strokes
from tests.pipeline.user_sessions import UserSession
from tests.scale.machines import WEB

SELECT_MODELS_CODE = """
from pathlib import Path
from recognizer.side_by_side.shown_models import set_shown_models
from recognizer.registry import register_model
versions = [register_model(Path("ml/weights") / name) for name in ("sequential8", "fnn", "mlp")]
set_shown_models([version.ref for version in versions])
"""
SEVEN = load_strokes(7)


@pytest.fixture(scope="module", autouse=True)
def models(unlimited_site: SiteProcess) -> None:
    """Three baseline models are shown."""
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", SELECT_MODELS_CODE]
    subprocess.run(command, cwd=ROOT, env=unlimited_site.environment, check=True)


@pytest.fixture(scope="module")
def second_web(unlimited_site: SiteProcess) -> Iterator[SiteProcess]:
    """A second web process of the site."""
    site = SiteProcess(unlimited_site.home, port=find_free_port())
    command = [sys.executable, "-W", "ignore", "-m", *WEB, "--no-access-log"]
    command += ["--port", str(site.port)]
    log = (unlimited_site.home / "logs" / "second-web.log").open("ab")
    with log, subprocess.Popen(command, cwd=ROOT, env=site.environment, stderr=log) as process:
        try:
            site.wait_until_serving()
            yield site
        finally:
            process.terminate()


@contextmanager
def stop_program(site: SiteProcess, program: str) -> Iterator[None]:
    pid = site.pid(program)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _request_side_by_side(talk: SocketClient, answered: Message) -> None:
    talk.say(type="side_by_side", id=answered["id"], revision=answered["revision"])


def _receive_predictions(talk: SocketClient, answered: Message) -> Message:
    """Return the predictions. `delayed` may precede them: the first request loads the models."""
    about = {"id": answered["id"], "revision": answered["revision"]}
    while (message := talk.hear("side_by_side", **about))["predictions"] is None:
        assert message["code"] == "delayed", message
    return message


def test_only_the_requesting_socket_receives_predictions(
    talk: SocketClient, user_session: UserSession
) -> None:
    with user_session.talk() as other:
        other.hear("hello")
        answered = talk.recognized(strokes=SEVEN)
        _request_side_by_side(talk, answered)
        answers = _receive_predictions(talk, answered)["predictions"]
        assert [one["model"].split("@")[0] for one in answers] == ["fnn", "mlp", "sequential8"]
        assert [(one["digit"], one["rejects"]) for one in answers] == [(7, False)] * 3
        assert all(len(one["probabilities"]) == 10 for one in answers)
        other.recognized()
        assert "side_by_side" not in {message["type"] for message in other.heard}
        assert "cursor" not in talk.heard[-1]


def test_the_requesting_web_process_receives_predictions(
    talk: SocketClient, user_session: UserSession, second_web: SiteProcess
) -> None:
    with SocketClient(second_web.port, Cookie=user_session.cookie) as there:
        there.hear("hello")
        here, far = talk.recognized(strokes=SEVEN), there.recognized(strokes=load_strokes(3))
        _request_side_by_side(there, here)
        _request_side_by_side(talk, far)
        assert {one["digit"] for one in _receive_predictions(there, here)["predictions"]} == {7}
        assert {one["digit"] for one in _receive_predictions(talk, far)["predictions"]} == {3}


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "not-a-uuid"},
        {"id": None},
        {"id": ["a", "list"]},
        {"revision": -1},
        {"revision": True},
        {"revision": "1"},
        {"revision": 2**31},
    ],
    ids=str,
)
def test_an_invalid_request_does_not_close_the_socket(
    talk: SocketClient, wrong: dict[str, Any]
) -> None:
    talk.say(**{"type": "side_by_side", "id": str(uuid4()), "revision": 1, **wrong})
    assert talk.hear("error")["code"] == "bad_message"
    assert talk.can_store_drawing()


def test_a_drawing_of_another_user_is_not_found(
    talk: SocketClient, other_user_session: UserSession
) -> None:
    with other_user_session.talk() as theirs:
        answered = theirs.recognized(strokes=SEVEN)
    _request_side_by_side(talk, answered)
    message = talk.hear("side_by_side", id=answered["id"])
    while message["code"] == "delayed":
        message = talk.hear("side_by_side", id=answered["id"])
    assert (message["code"], message["predictions"]) == ("not_found", None)


def test_recognition_does_not_wait_for_side_by_side(
    talk: SocketClient, unlimited_site: SiteProcess
) -> None:
    ref = uuid4()
    with stop_program(unlimited_site, "background"):
        first = talk.recognized(ref=ref, strokes=SEVEN)
        _request_side_by_side(talk, first)
        assert talk.hear("side_by_side", id=first["id"])["code"] == "delayed"
        newer = talk.recognized(ref=ref, revision=2, strokes=load_strokes(3))
        _request_side_by_side(talk, newer)
        assert talk.recognized(strokes=load_strokes(1))["digit"] == 1
    answers = _receive_predictions(talk, newer)["predictions"]
    assert {one["digit"] for one in answers} == {3}
    told = [message for message in talk.heard if message["type"] == "side_by_side"]
    assert not [message for message in told if message["revision"] == 1 and message["predictions"]]


def test_a_restarted_worker_processes_requests_again(
    talk: SocketClient, unlimited_site: SiteProcess
) -> None:
    pid = unlimited_site.pid("background")
    os.kill(pid, signal.SIGKILL)
    wait_until(
        lambda: unlimited_site.pid("background") != pid, within_s=10, what="it is started again"
    )
    answered = talk.recognized(strokes=SEVEN)
    _request_side_by_side(talk, answered)
    assert len(_receive_predictions(talk, answered)["predictions"]) == 3
