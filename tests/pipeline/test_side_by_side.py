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
from recognizer.registry.artifact_store import register_model
versions = [register_model(Path("ml/weights") / name) for name in ("sequential8", "fnn", "mlp")]
set_shown_models([version.ref for version in versions])
"""
SELECT_NONE_CODE = """
from recognizer.side_by_side.shown_models import set_shown_models
set_shown_models([])
"""
SEVEN = load_strokes(7)


@pytest.fixture(scope="module", autouse=True)
def models(live_site: SiteProcess) -> Iterator[None]:
    """Three baseline models are shown."""
    _run_code(live_site, SELECT_MODELS_CODE)
    yield
    _run_code(live_site, SELECT_NONE_CODE)


def _run_code(site: SiteProcess, code: str) -> None:
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
    subprocess.run(command, cwd=ROOT, env=site.environment, check=True)


@pytest.fixture(scope="module")
def second_web(live_site: SiteProcess) -> Iterator[SiteProcess]:
    """A second web process of the site."""
    port = find_free_port()
    origins = f"{live_site.base_url},http://localhost:{port}"
    site = SiteProcess(live_site.home, port=port, settings={"ORIGINS": origins})
    command = [sys.executable, "-W", "ignore", "-m", *WEB, "--no-access-log"]
    command += ["--port", str(site.port)]
    log = (live_site.home / "logs" / "second-web.log").open("ab")
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


def _request_side_by_side(socket_client: SocketClient, prediction: Message) -> None:
    socket_client.send(type="side_by_side", id=prediction["id"], revision=prediction["revision"])


def _receive_predictions(socket_client: SocketClient, prediction: Message) -> Message:
    message = _receive_reply(socket_client, prediction)
    assert message["predictions"] is not None, message
    return message


def _receive_reply(socket_client: SocketClient, prediction: Message) -> Message:
    """Return the reply. `delayed` may precede it: the first request loads the models."""
    about = {"id": prediction["id"], "revision": prediction["revision"]}
    while (message := socket_client.receive("side_by_side", **about)).get("code") == "delayed":
        pass
    return message


def test_only_the_requesting_socket_receives_predictions(
    socket_client: SocketClient, user_session: UserSession
) -> None:
    with user_session.connect() as other:
        other.receive("hello")
        prediction = socket_client.draw_and_wait(strokes=SEVEN)
        _request_side_by_side(socket_client, prediction)
        predictions = _receive_predictions(socket_client, prediction)["predictions"]
        assert [one["model"].split("@")[0] for one in predictions] == ["fnn", "mlp", "sequential8"]
        assert [(one["digit"], one["rejects"]) for one in predictions] == [(7, False)] * 3
        assert all(len(one["probabilities"]) == 10 for one in predictions)
        other.draw_and_wait()
        assert "side_by_side" not in {message["type"] for message in other.received}
        assert "cursor" not in socket_client.received[-1]


def test_the_requesting_web_process_receives_predictions(
    socket_client: SocketClient, user_session: UserSession, second_web: SiteProcess
) -> None:
    with SocketClient(second_web.port, Cookie=user_session.cookie) as there:
        there.receive("hello")
        here, far = (
            socket_client.draw_and_wait(strokes=SEVEN),
            there.draw_and_wait(strokes=load_strokes(3)),
        )
        _request_side_by_side(there, here)
        _request_side_by_side(socket_client, far)
        assert {one["digit"] for one in _receive_predictions(there, here)["predictions"]} == {7}
        assert {
            one["digit"] for one in _receive_predictions(socket_client, far)["predictions"]
        } == {3}


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
    socket_client: SocketClient, wrong: dict[str, Any]
) -> None:
    socket_client.send(**{"type": "side_by_side", "id": str(uuid4()), "revision": 1, **wrong})
    assert socket_client.receive("error")["code"] == "bad_message"
    assert socket_client.can_store_drawing()


def test_a_drawing_of_another_user_is_not_found(
    socket_client: SocketClient, other_user_session: UserSession
) -> None:
    with other_user_session.connect() as other_client:
        prediction = other_client.draw_and_wait(strokes=SEVEN)
    _request_side_by_side(socket_client, prediction)
    message = socket_client.receive("side_by_side", id=prediction["id"])
    while message["code"] == "delayed":
        message = socket_client.receive("side_by_side", id=prediction["id"])
    assert (message["code"], message["predictions"]) == ("not_found", None)


def test_recognition_does_not_wait_for_side_by_side(
    socket_client: SocketClient, live_site: SiteProcess
) -> None:
    ref = uuid4()
    with stop_program(live_site, "background"):
        first = socket_client.draw_and_wait(ref=ref, strokes=SEVEN)
        _request_side_by_side(socket_client, first)
        assert socket_client.receive("side_by_side", id=first["id"])["code"] == "delayed"
        newer = socket_client.draw_and_wait(ref=ref, revision=2, strokes=load_strokes(3))
        _request_side_by_side(socket_client, newer)
        assert socket_client.draw_and_wait(strokes=load_strokes(1))["digit"] == 1
    predictions = _receive_predictions(socket_client, newer)["predictions"]
    assert {one["digit"] for one in predictions} == {3}
    messages = [message for message in socket_client.received if message["type"] == "side_by_side"]
    assert not [
        message for message in messages if message["revision"] == 1 and message["predictions"]
    ]


def test_a_restarted_worker_processes_requests_again(
    socket_client: SocketClient, live_site: SiteProcess
) -> None:
    pid = live_site.pid("background")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: live_site.pid("background") != pid, within_s=10, what="it is started again")
    prediction = socket_client.draw_and_wait(strokes=SEVEN)
    for _ in range(5):  # the worker may start for longer than a request waits
        _request_side_by_side(socket_client, prediction)
        message = _receive_reply(socket_client, prediction)
        if message["predictions"] is not None:
            break
        assert message["code"] == "unavailable"
    assert len(message["predictions"]) == 3
