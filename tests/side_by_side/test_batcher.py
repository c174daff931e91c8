"""The waiting room of a web process: who asks last is asked for, in groups, and is told the truth
when nothing comes."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

import pytest

from recognizer.messaging.task_queue import CannotPublish
from recognizer.protocol import Payload, SideBySideRequest, decode_side_by_side_requests
from recognizer.side_by_side import SideBySideBatcher, batcher
from tests.fixtures.deadlines import deadline


@dataclass(eq=False)
class FakeConnection:
    """What a client is sent."""

    told: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, message: Payload) -> None:
        self.put_text(message["code"])

    def put_text(self, text: str) -> None:
        self.told.append(text)
        self.news.set()

    async def hear(self, count: int) -> list[str]:
        """The first so many, when they have come."""
        async with asyncio.timeout(deadline(5)):
            while len(self.told) < count:
                self.news.clear()
                await self.news.wait()
        return self.told[:count]


class FakeTaskPublisher:
    """The broker: `sent` are the groups that came, `refuses` says that it is away."""

    def __init__(self) -> None:
        self.sent: deque[tuple[str, list[SideBySideRequest]]] = deque()
        self.refuses = False

    def __call__(self, payload: str) -> "asyncio.Future[None]":
        self.sent.append(decode_side_by_side_requests(payload))
        posted = asyncio.get_running_loop().create_future()
        if self.refuses:
            posted.set_exception(CannotPublish("away"))
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


async def test_an_answer_goes_to_who_asked_and_to_nobody_else(
    side_by_side_batcher: SideBySideBatcher, task_publisher: FakeTaskPublisher
) -> None:
    one, other = FakeConnection(), FakeConnection()
    side_by_side_batcher.ask(one, _make_request(1))
    side_by_side_batcher.ask(other, _make_request(2))
    batch_id, _ = task_publisher.sent.popleft()
    side_by_side_batcher.hear("a group of another process", ["not ours"])
    side_by_side_batcher.hear(batch_id, ["ours"])
    assert (one.told, other.told) == (["ours"], [])
    side_by_side_batcher.hear(batch_id, ["twice"])
    assert one.told == ["ours"]


async def test_what_comes_while_two_groups_are_unanswered_makes_the_next_one(
    side_by_side_batcher: SideBySideBatcher, task_publisher: FakeTaskPublisher
) -> None:
    sockets = [FakeConnection() for _ in range(batcher.MAX_BATCH_SIZE + 4)]
    for number, socket in enumerate(sockets):
        side_by_side_batcher.ask(socket, _make_request(number))
    assert [len(asks) for _, asks in task_publisher.sent] == [1, 1]
    side_by_side_batcher.hear(task_publisher.sent[0][0], ["read"])
    assert [len(asks) for _, asks in task_publisher.sent] == [1, 1, batcher.MAX_BATCH_SIZE]


async def test_a_newer_question_takes_the_place_of_one_that_waits_or_is_under_way(
    side_by_side_batcher: SideBySideBatcher, task_publisher: FakeTaskPublisher
) -> None:
    socket, others = FakeConnection(), [FakeConnection(), FakeConnection()]
    for other in others:
        side_by_side_batcher.ask(other, _make_request(0))
    side_by_side_batcher.ask(socket, _make_request(1, revision=1))
    side_by_side_batcher.ask(socket, _make_request(1, revision=2))
    side_by_side_batcher.hear(task_publisher.sent[0][0], ["read"])
    batch_id, asks = task_publisher.sent[2]
    assert asks == [_make_request(1, revision=2)]
    side_by_side_batcher.ask(socket, _make_request(1, revision=3))
    side_by_side_batcher.hear(batch_id, ["of the second"])
    assert socket.told == []


async def test_nobody_who_has_gone_is_asked_for_or_told(
    side_by_side_batcher: SideBySideBatcher, task_publisher: FakeTaskPublisher
) -> None:
    gone, here = FakeConnection(), [FakeConnection(), FakeConnection()]
    for socket in (*here, gone):
        side_by_side_batcher.ask(socket, _make_request(0))
    side_by_side_batcher.forget(gone)
    side_by_side_batcher.forget(here[0])
    for batch_id, _ in list(task_publisher.sent):
        side_by_side_batcher.hear(batch_id, ["read"])
    assert len(task_publisher.sent) == 2
    assert [socket.told for socket in (gone, *here)] == [[], [], ["read"]]


async def test_who_waits_is_told_that_it_is_late_then_that_nobody_answers_and_the_rest_goes_on(
    side_by_side_batcher: SideBySideBatcher,
    task_publisher: FakeTaskPublisher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batcher, "DELAY_NOTICE_TIMEOUT_S", 0.01)
    monkeypatch.setattr(batcher, "BATCH_TIMEOUT_S", 0.05)
    sockets = [FakeConnection() for _ in range(3)]
    for number, socket in enumerate(sockets):
        side_by_side_batcher.ask(socket, _make_request(number))
    assert len(task_publisher.sent) == 2
    assert [await socket.hear(2) for socket in sockets[:2]] == [["delayed", "unavailable"]] * 2
    assert await sockets[2].hear(1) == ["delayed"]
    batch_id, asks = task_publisher.sent[2]
    assert asks == [_make_request(2)]
    side_by_side_batcher.hear(batch_id, ["read"])
    assert sockets[2].told[-1] == "read"


async def test_while_the_broker_is_away_everybody_is_told_so_at_once(
    side_by_side_batcher: SideBySideBatcher, task_publisher: FakeTaskPublisher
) -> None:
    task_publisher.refuses = True
    sockets = [FakeConnection() for _ in range(5)]
    for number, socket in enumerate(sockets):
        side_by_side_batcher.ask(socket, _make_request(number))
    assert [await socket.hear(1) for socket in sockets] == [["unavailable"]] * 5


async def test_no_more_wait_than_there_is_room_for(
    side_by_side_batcher: SideBySideBatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batcher, "MAX_WAITING", 3)
    sockets = [FakeConnection() for _ in range(7)]
    for number, socket in enumerate(sockets):
        side_by_side_batcher.ask(socket, _make_request(number))
    assert [socket.told for socket in sockets] == [[]] * 5 + [["unavailable"]] * 2
