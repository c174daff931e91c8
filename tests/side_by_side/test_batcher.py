"""Batching of side-by-side requests in a web process."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

import pytest

from recognizer.messaging.celery_task_sender import CannotPublish
from recognizer.protocol import Payload, SideBySideRequest, decode_side_by_side_requests
from recognizer.side_by_side import request_batcher
from recognizer.side_by_side.request_batcher import SideBySideBatcher
from tests.fixtures.deadlines import deadline


@dataclass(eq=False)
class FakeConnection:
    """A socket that records what it receives."""

    received: list[str] = field(default_factory=list)
    _has_message: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, message: Payload) -> None:
        self.put_text(message["code"])

    def put_text(self, text: str) -> None:
        self.received.append(text)
        self._has_message.set()

    async def receive(self, count: int) -> list[str]:
        """Wait for `count` messages and return them."""
        async with asyncio.timeout(deadline(5)):
            while len(self.received) < count:
                self._has_message.clear()
                await self._has_message.wait()
        return self.received[:count]


class FakeTaskPublisher:
    """A broker that records batches in `sent`; unavailable if `refuses` is set."""

    def __init__(self) -> None:
        self.sent: deque[tuple[str, list[SideBySideRequest]]] = deque()
        self.refuses = False

    def __call__(self, payload: str) -> "asyncio.Future[None]":
        self.sent.append(decode_side_by_side_requests(payload))
        posted = asyncio.get_running_loop().create_future()
        if self.refuses:
            posted.set_exception(CannotPublish("unavailable"))
        else:
            posted.set_result(None)
        return posted


@pytest.fixture
def task_publisher() -> FakeTaskPublisher:
    return FakeTaskPublisher()


@pytest.fixture
def side_by_side_batcher(task_publisher: FakeTaskPublisher) -> SideBySideBatcher:
    return SideBySideBatcher(task_publisher)


def _make_request(number: int, revision: int = 1) -> SideBySideRequest:
    return SideBySideRequest(1, f"drawing-{number}", revision)


async def test_only_the_requesting_socket_receives_the_result(
    side_by_side_batcher: SideBySideBatcher, task_publisher: FakeTaskPublisher
) -> None:
    first, second = FakeConnection(), FakeConnection()
    side_by_side_batcher.request(first, _make_request(1))
    side_by_side_batcher.request(second, _make_request(2))
    batch_id, _ = task_publisher.sent.popleft()
    side_by_side_batcher.deliver("a group of another process", ["foreign result"])
    side_by_side_batcher.deliver(batch_id, ["result"])
    assert (first.received, second.received) == (["result"], [])
    side_by_side_batcher.deliver(batch_id, ["twice"])
    assert first.received == ["result"]


async def test_requests_wait_while_two_batches_are_in_flight(
    side_by_side_batcher: SideBySideBatcher, task_publisher: FakeTaskPublisher
) -> None:
    sockets = [FakeConnection() for _ in range(request_batcher.MAX_BATCH_SIZE + 4)]
    for number, socket in enumerate(sockets):
        side_by_side_batcher.request(socket, _make_request(number))
    assert [len(requests) for _, requests in task_publisher.sent] == [1, 1]
    side_by_side_batcher.deliver(task_publisher.sent[0][0], ["read"])
    assert [len(requests) for _, requests in task_publisher.sent] == [
        1,
        1,
        request_batcher.MAX_BATCH_SIZE,
    ]


async def test_a_newer_request_replaces_an_older_one(
    side_by_side_batcher: SideBySideBatcher, task_publisher: FakeTaskPublisher
) -> None:
    socket, others = FakeConnection(), [FakeConnection(), FakeConnection()]
    for other in others:
        side_by_side_batcher.request(other, _make_request(0))
    side_by_side_batcher.request(socket, _make_request(1, revision=1))
    side_by_side_batcher.request(socket, _make_request(1, revision=2))
    side_by_side_batcher.deliver(task_publisher.sent[0][0], ["read"])
    batch_id, requests = task_publisher.sent[2]
    assert requests == [_make_request(1, revision=2)]
    side_by_side_batcher.request(socket, _make_request(1, revision=3))
    side_by_side_batcher.deliver(batch_id, ["of the second"])
    assert socket.received == []


async def test_ignores_requests_of_closed_sockets(
    side_by_side_batcher: SideBySideBatcher, task_publisher: FakeTaskPublisher
) -> None:
    closed, open_sockets = FakeConnection(), [FakeConnection(), FakeConnection()]
    for socket in (*open_sockets, closed):
        side_by_side_batcher.request(socket, _make_request(0))
    side_by_side_batcher.remove(closed)
    side_by_side_batcher.remove(open_sockets[0])
    for batch_id, _ in list(task_publisher.sent):
        side_by_side_batcher.deliver(batch_id, ["read"])
    assert len(task_publisher.sent) == 2
    assert [socket.received for socket in (closed, *open_sockets)] == [[], [], ["read"]]


async def test_sends_delayed_then_unavailable(
    side_by_side_batcher: SideBySideBatcher,
    task_publisher: FakeTaskPublisher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(request_batcher, "DELAY_NOTICE_TIMEOUT_S", 0.01)
    monkeypatch.setattr(request_batcher, "BATCH_TIMEOUT_S", 0.05)
    sockets = [FakeConnection() for _ in range(3)]
    for number, socket in enumerate(sockets):
        side_by_side_batcher.request(socket, _make_request(number))
    assert len(task_publisher.sent) == 2
    assert [await socket.receive(2) for socket in sockets[:2]] == [["delayed", "unavailable"]] * 2
    assert await sockets[2].receive(1) == ["delayed"]
    batch_id, requests = task_publisher.sent[2]
    assert requests == [_make_request(2)]
    side_by_side_batcher.deliver(batch_id, ["read"])
    assert sockets[2].received[-1] == "read"


async def test_sends_unavailable_without_a_broker(
    side_by_side_batcher: SideBySideBatcher, task_publisher: FakeTaskPublisher
) -> None:
    task_publisher.refuses = True
    sockets = [FakeConnection() for _ in range(5)]
    for number, socket in enumerate(sockets):
        side_by_side_batcher.request(socket, _make_request(number))
    assert [await socket.receive(1) for socket in sockets] == [["unavailable"]] * 5


async def test_refuses_requests_beyond_the_limit(
    side_by_side_batcher: SideBySideBatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_batcher, "MAX_WAITING", 3)
    sockets = [FakeConnection() for _ in range(7)]
    for number, socket in enumerate(sockets):
        side_by_side_batcher.request(socket, _make_request(number))
    assert [socket.received for socket in sockets] == [[]] * 5 + [["unavailable"]] * 2
