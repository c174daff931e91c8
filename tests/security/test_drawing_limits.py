"""Rate limits of drawings, resumes and sockets."""

import json
import time
from contextlib import ExitStack
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from recognizer.models import Drawing, User
from tests.api.api_client import ApiClient, problem_code
from tests.fixtures.deadlines import deadline
from tests.fixtures.socket_client import STROKES, SocketClient
from tests.fixtures.users import SignIn
from tests.security.conftest import Cookie
from tests.security.web_process import WebProcess

pytestmark = pytest.mark.usefixtures("web")


@pytest.fixture
def owner_api(owner: User, sign_in: SignIn) -> ApiClient:
    return ApiClient(sign_in(owner))


def _batch(count: int) -> list[Any]:
    return [{"strokes": STROKES}] * count


def test_accepts_a_burst_then_refuses_with_retry_after(
    socket_client: SocketClient, settings: Settings
) -> None:
    settings.DRAWINGS_PER_MINUTE = 20
    settings.DRAWINGS_BURST = 5
    for _ in range(6):
        socket_client.draw()
    messages = [socket_client.receive("queued", "error") for _ in range(6)]
    [error] = [message for message in messages if message["type"] == "error"]
    assert (error["code"], error["revision"]) == ("rate_limited", 1)
    assert 0 < error["retry_after_s"] <= 3
    time.sleep(error["retry_after_s"])  # as the error requires
    socket_client.draw(ref=error["ref"])
    assert socket_client.receive("queued", "error")["ref"] == error["ref"]
    assert Drawing.objects.count() == 6


def test_the_limit_counts_per_user_not_per_socket(
    socket_client: SocketClient,
    web: WebProcess,
    owner: User,
    outsider: User,
    cookie: Cookie,
    settings: Settings,
) -> None:
    settings.DRAWINGS_BURST = 3
    settings.DRAWINGS_PER_MINUTE = 1
    for _ in range(3):
        assert socket_client.can_store_drawing()
    with web.connect(cookie(owner)) as second, web.connect(cookie(outsider)) as other:
        second.draw()
        assert second.receive("queued", "error")["code"] == "rate_limited"
        assert other.can_store_drawing()


@pytest.mark.parametrize("message", [{"type": "resume", "since": 0}, {"type": "claim"}])
def test_every_message_counts_against_the_limit(
    socket_client: SocketClient, settings: Settings, message: dict[str, Any]
) -> None:
    settings.DRAWINGS_BURST = 1
    settings.DRAWINGS_PER_MINUTE = 1
    assert socket_client.can_store_drawing()
    socket_client.send(**message)
    assert socket_client.receive("error")["code"] == "rate_limited"


def test_too_many_resumes_require_a_reload(
    socket_client: SocketClient,
    web: WebProcess,
    outsider: User,
    cookie: Cookie,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("recognizer.rate_limits.MAX_RESUME_BURST", 1)
    monkeypatch.setattr("recognizer.rate_limits.RESUME_RATE_PER_S", 2)
    with web.connect(cookie(outsider)) as other:
        for client in (socket_client, socket_client, socket_client, other):
            assert client.can_store_drawing()
        for complete in (True, False, False):
            socket_client.send(type="resume", since=0)
            assert socket_client.receive("resumed")["complete"] is complete
        kinds = [message["type"] for message in socket_client.received]
        assert kinds.count("drawing") >= 3
        other.send(type="resume", since=0)
        assert other.receive("resumed")["complete"]
    time.sleep(1.1)  # as long as it takes to pay off the two drawings too many
    socket_client.send(type="resume", since=0)
    assert socket_client.receive("resumed")["complete"]


def test_limits_queued_drawings_until_they_are_predicted(
    socket_client: SocketClient, owner: User, settings: Settings
) -> None:
    settings.MAX_PENDING_DRAWINGS = 10
    for _ in range(15):
        socket_client.draw()
    messages = [socket_client.receive("queued", "error") for _ in range(15)]
    refused = [message for message in messages if message["type"] == "error"]
    assert [message["code"] for message in refused] == ["rate_limited"] * 5
    assert all(message["retry_after_s"] for message in refused)
    assert Drawing.objects.filter(status="queued").count() == 10
    predicted_ids = Drawing.objects.filter(owner=owner).values_list("pk")[:1]
    Drawing.objects.filter(pk__in=predicted_ids).update(status="recognized")
    assert socket_client.can_store_drawing()


def test_rate_limited_responses_have_retry_after(owner_api: ApiClient, settings: Settings) -> None:
    settings.DRAWINGS_BURST = 2
    settings.DRAWINGS_PER_MINUTE = 6
    for _ in range(2):
        assert owner_api.post("drawings/", {"strokes": STROKES}).status_code == 202
    response = owner_api.post("drawings/", {"strokes": STROKES})
    assert problem_code(response) == (429, "rate_limited")
    assert 5 <= int(response["Retry-After"]) <= 10
    assert Drawing.objects.count() == 2


def test_accepts_one_batch_larger_than_the_burst(owner_api: ApiClient, settings: Settings) -> None:
    settings.DRAWINGS_BURST = 5
    assert owner_api.post("drawings/batch/", _batch(20)).status_code == 202
    response = owner_api.post("drawings/batch/", _batch(1))
    assert problem_code(response) == (429, "rate_limited")
    assert response["Retry-After"] == "2"  # 15 owed and one more, at ten a second
    assert Drawing.objects.count() == 20


def test_refuses_a_batch_that_exceeds_the_queue_share(
    owner_api: ApiClient, settings: Settings
) -> None:
    settings.MAX_PENDING_DRAWINGS = 10
    assert owner_api.post("drawings/batch/", _batch(8)).status_code == 202
    assert problem_code(owner_api.post("drawings/batch/", _batch(3))) == (429, "rate_limited")
    assert owner_api.post("drawings/batch/", _batch(2)).status_code == 202
    assert Drawing.objects.count() == 10


def test_sockets_and_requests_share_one_limit(
    socket_client: SocketClient, owner_api: ApiClient, settings: Settings
) -> None:
    settings.DRAWINGS_BURST = 2
    settings.DRAWINGS_PER_MINUTE = 1
    assert socket_client.can_store_drawing()
    assert owner_api.post("drawings/", {"strokes": STROKES}).status_code == 202
    assert problem_code(owner_api.post("drawings/", {"strokes": STROKES})) == (429, "rate_limited")


def test_refuses_a_ninth_socket(
    web: WebProcess, owner: User, outsider: User, cookie: Cookie
) -> None:
    session = cookie(owner)
    with ExitStack() as closing:
        clients = [closing.enter_context(web.connect(session)) for _ in range(8)]
        for client in clients:
            client.receive("hello")
        with web.connect(session) as ninth, web.connect(cookie(outsider)) as other:
            error = json.loads(ninth.socket.recv(timeout=deadline(5)))
            assert (error["type"], error["code"]) == ("error", "rate_limited")
            assert error["retry_after_s"] == 5
            assert ninth.close_code() == 4429
            assert other.can_store_drawing()
        assert all(client.can_store_drawing() for client in clients)
        clients[0].socket.close()
        with web.connect(session) as replacement:
            replacement.receive("hello")
