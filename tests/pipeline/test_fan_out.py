"""Events of a user reach the processes with sockets of that user, and no others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from recognizer.messaging import event_publisher
from recognizer.messaging.channel_layer import (
    CHANNEL_GROUP,
    load_channel_layer,
    process_group,
    user_group,
)
from recognizer.messaging.event_publisher import DrawingEvent, Message, decode_message
from recognizer.messaging.redis_client import connect_redis
from recognizer.realtime.user_subscriptions import UserSubscriptions
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.deadlines import deadline

USER = 7

pytestmark = pytest.mark.django_db


class WebProcess:
    """The subscriptions of a web process."""

    def __init__(self, process_id: str) -> None:
        self.exclusive_users: set[int] = set()
        self.received: list[Message] = []
        self.presence: list[str] = []
        self.subscriptions = UserSubscriptions(
            process_id=process_id, exclusive_users=self.exclusive_users
        )
        self._process_id = process_id
        self._layer = load_channel_layer.__wrapped__()

    async def run(self, ready: asyncio.Event) -> None:
        channel = await self._layer.new_channel()
        for group in (CHANNEL_GROUP, process_group(self._process_id)):
            await self._layer.group_add(group, channel)
        self.subscriptions.connect(self._layer, channel)
        ready.set()
        try:
            while True:
                message = decode_message(await self._layer.receive(channel))
                if message["type"] == "changes":
                    self.received.append(message)
                else:
                    self.subscriptions.handle(message)
                    self.presence.append(message["type"])
        finally:
            await self._layer.flush()

    async def become_exclusive(self) -> None:
        await wait_for(self._is_exclusive_after_update)

    async def _is_exclusive_after_update(self) -> bool:
        await self.subscriptions.update()
        return USER in self.exclusive_users


@asynccontextmanager
async def run_web_processes(*ids: str) -> AsyncIterator[list[WebProcess]]:
    processes = [WebProcess(id) for id in ids]
    events = [asyncio.Event() for _ in ids]
    tasks = [asyncio.create_task(one.run(e)) for one, e in zip(processes, events, strict=True)]
    for event in events:
        await asyncio.wait_for(event.wait(), deadline(10))
    yield processes
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def wait_for(is_true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(deadline(10)):
        while not await is_true():  # noqa: ASYNC110 - the state is in Redis, too
            await asyncio.sleep(0.02)


def _run(test: Callable[[], Awaitable[None]]) -> None:
    load_channel_layer()  # reads the id of the site, which is not possible in the loop
    asyncio.run(test())  # type: ignore[arg-type]


def _count_publishes(valkey: BrokerProcess) -> int:
    with connect_redis(use="layer") as client:
        stats = client.info("commandstats").get("cmdstat_publish", {"calls": 0})
        return int(stats["calls"])


def test_a_user_of_one_process_is_exclusive_until_another_joins(valkey: BrokerProcess) -> None:
    async def check() -> None:
        async with run_web_processes("one", "two") as (one, two):
            await one.subscriptions.add(USER)
            await one.become_exclusive()
            await two.subscriptions.add(USER)

            async def is_shared() -> bool:
                return "shared" in two.presence and USER not in one.exclusive_users

            await wait_for(is_shared)
            for _ in range(3):
                await two.subscriptions.update()
            assert USER not in two.exclusive_users
            two.subscriptions.remove(USER)
            await one.become_exclusive()

    _run(check)


def test_events_reach_the_other_process_of_a_user_only(valkey: BrokerProcess) -> None:
    async def check() -> None:
        async with run_web_processes("one", "two", "three") as (one, two, three):
            await one.subscriptions.add(USER)
            await two.subscriptions.add(USER)
            await three.subscriptions.add(USER + 1)
            event_publisher.publish_events([DrawingEvent(USER, 1, None)])

            async def has_arrived() -> bool:
                return bool(one.received and two.received)

            await wait_for(has_arrived)
            assert not three.received

    _run(check)


def test_results_go_to_the_process_of_their_batch(valkey: BrokerProcess) -> None:
    async def check() -> None:
        async with run_web_processes("one", "two") as (one, two):
            event_publisher.publish_results([DrawingEvent(USER, 1, None)], batch_id="one.1")
            event_publisher.publish_results([DrawingEvent(USER, 2, None)], batch_id="of-the-sweep")

            async def have_arrived() -> bool:
                return len(one.received) == 2 and len(two.received) == 1

            await wait_for(have_arrived)
            assert [message["batch"] for message in two.received] == ["of-the-sweep"]

    _run(check)


def test_events_of_an_exclusive_user_stay_in_the_process(
    valkey: BrokerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_publisher, "exclusive_users", {USER})
    before = _count_publishes(valkey)
    event_publisher.publish_events([DrawingEvent(USER, 1, None)])
    event_publisher.publish_events([DrawingEvent(USER + 1, 1, None)])

    async def check() -> None:
        async def is_published() -> bool:
            return _count_publishes(valkey) > before

        await wait_for(is_published)

    _run(check)
    assert _count_publishes(valkey) == before + 1


def test_subscribes_again_after_a_new_connection(valkey: BrokerProcess) -> None:
    async def check() -> None:
        async with run_web_processes("one") as (one,):
            await one.subscriptions.add(USER)
            await one.become_exclusive()
            layer = load_channel_layer.__wrapped__()
            channel = await layer.new_channel()
            one.subscriptions.connect(layer, channel)
            assert USER not in one.exclusive_users
            await one.subscriptions.update()
            await layer.group_send(user_group(USER), {"type": "test"})
            assert (await asyncio.wait_for(layer.receive(channel), deadline(10)))[
                "type"
            ] == "signed"
            await layer.flush()

    _run(check)
