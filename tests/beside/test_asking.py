"""The waiting room of a web process: who asks last is asked for, in groups, and is told the truth
when nothing comes."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

import pytest

from recognizer.beside import Asker, asking
from recognizer.contract import JSON, Ask, decode_asks
from recognizer.queue import CannotPublish
from tests.fixtures.deadlines import deadline


@dataclass(eq=False)
class Socket:
    """What a client is sent."""

    told: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, message: JSON) -> None:
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


class Post:
    """The broker: `sent` are the groups that came, `refuses` says that it is away."""

    def __init__(self) -> None:
        self.sent: deque[tuple[str, list[Ask]]] = deque()
        self.refuses = False

    def __call__(self, payload: str) -> "asyncio.Future[None]":
        self.sent.append(decode_asks(payload))
        posted = asyncio.get_running_loop().create_future()
        if self.refuses:
            posted.set_exception(CannotPublish("away"))
        else:
            posted.set_result(None)
        return posted


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def asker(post: Post) -> Asker:
    return Asker(post)


def _ask(number: int, revision: int = 1) -> Ask:
    return Ask(1, f"drawing-{number}", revision)


async def test_an_answer_goes_to_who_asked_and_to_nobody_else(asker: Asker, post: Post) -> None:
    one, other = Socket(), Socket()
    asker.ask(one, _ask(1))
    asker.ask(other, _ask(2))
    group_id, _ = post.sent.popleft()
    asker.hear("a group of another process", ["not ours"])
    asker.hear(group_id, ["ours"])
    assert (one.told, other.told) == (["ours"], [])
    asker.hear(group_id, ["twice"])
    assert one.told == ["ours"]


async def test_what_comes_while_two_groups_are_unanswered_makes_the_next_one(
    asker: Asker, post: Post
) -> None:
    sockets = [Socket() for _ in range(asking.MOST_TOGETHER + 4)]
    for number, socket in enumerate(sockets):
        asker.ask(socket, _ask(number))
    assert [len(asks) for _, asks in post.sent] == [1, 1]
    asker.hear(post.sent[0][0], ["read"])
    assert [len(asks) for _, asks in post.sent] == [1, 1, asking.MOST_TOGETHER]


async def test_a_newer_question_takes_the_place_of_one_that_waits_or_is_under_way(
    asker: Asker, post: Post
) -> None:
    socket, others = Socket(), [Socket(), Socket()]
    for other in others:
        asker.ask(other, _ask(0))
    asker.ask(socket, _ask(1, revision=1))
    asker.ask(socket, _ask(1, revision=2))
    asker.hear(post.sent[0][0], ["read"])
    group_id, asks = post.sent[2]
    assert asks == [_ask(1, revision=2)]
    asker.ask(socket, _ask(1, revision=3))
    asker.hear(group_id, ["of the second"])
    assert socket.told == []


async def test_nobody_who_has_gone_is_asked_for_or_told(asker: Asker, post: Post) -> None:
    gone, here = Socket(), [Socket(), Socket()]
    for socket in (*here, gone):
        asker.ask(socket, _ask(0))
    asker.forget(gone)
    asker.forget(here[0])
    for group_id, _ in list(post.sent):
        asker.hear(group_id, ["read"])
    assert len(post.sent) == 2
    assert [socket.told for socket in (gone, *here)] == [[], [], ["read"]]


async def test_who_waits_is_told_that_it_is_late_then_that_nobody_answers_and_the_rest_goes_on(
    asker: Asker, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "LATE_AFTER_S", 0.01)
    monkeypatch.setattr(asking, "FORGOTTEN_AFTER_S", 0.05)
    sockets = [Socket() for _ in range(3)]
    for number, socket in enumerate(sockets):
        asker.ask(socket, _ask(number))
    assert len(post.sent) == 2
    assert [await socket.hear(2) for socket in sockets[:2]] == [["delayed", "unavailable"]] * 2
    assert await sockets[2].hear(1) == ["delayed"]
    group_id, asks = post.sent[2]
    assert asks == [_ask(2)]
    asker.hear(group_id, ["read"])
    assert sockets[2].told[-1] == "read"


async def test_while_the_broker_is_away_everybody_is_told_so_at_once(
    asker: Asker, post: Post
) -> None:
    post.refuses = True
    sockets = [Socket() for _ in range(5)]
    for number, socket in enumerate(sockets):
        asker.ask(socket, _ask(number))
    assert [await socket.hear(1) for socket in sockets] == [["unavailable"]] * 5


async def test_no_more_wait_than_there_is_room_for(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_WAITING", 3)
    sockets = [Socket() for _ in range(7)]
    for number, socket in enumerate(sockets):
        asker.ask(socket, _ask(number))
    assert [socket.told for socket in sockets] == [[]] * 5 + [["unavailable"]] * 2
