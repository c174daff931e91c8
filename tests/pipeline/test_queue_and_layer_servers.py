"""QUEUE_URL and LAYER_URL: other Redis servers for tasks and for messages."""

import asyncio
from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from recognizer.messaging.celery_task_sender import TaskSender, set_key_prefix
from recognizer.messaging.channel_layer import CHANNEL_GROUP, load_channel_layer
from recognizer.messaging.redis_client import connect_redis, list_servers
from recognizer.messaging.redis_keys import redis_key
from recognizer.messaging.site_claim import claim_redis
from recognizer.prometheus_metrics import QueueCollector
from recognizer.protocol import RECOGNITION_QUEUE
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.site_process import find_free_port
from tests.scale.redis_process import RedisProcess

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def other_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    server = RedisProcess(tmp_path_factory.mktemp("redis"), port=find_free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def queue_server(
    valkey: BrokerProcess, other_server: RedisProcess, settings: Settings
) -> RedisProcess:
    other_server.client().flushall()
    settings.QUEUE_URL = other_server.url
    return other_server


def send_task() -> None:
    sender = TaskSender()
    set_key_prefix(sender._app)
    sender.send("payload")
    sender.close()


def test_tasks_wait_at_the_server_of_the_queue(
    queue_server: RedisProcess, valkey: BrokerProcess
) -> None:
    send_task()
    assert queue_server.client().llen(redis_key(RECOGNITION_QUEUE)) == 1
    assert valkey.client().keys("*") == []
    waiting = {metric.name: metric.samples for metric in QueueCollector().collect()}
    assert waiting["digitsite_waiting_tasks"][0].value == 1


def test_messages_pass_the_server_of_the_layer(
    valkey: BrokerProcess, other_server: RedisProcess, settings: Settings
) -> None:
    settings.LAYER_URL = other_server.url

    async def count_subscribers() -> tuple[int, int]:
        layer = load_channel_layer.__wrapped__()
        channel = await layer.new_channel()
        await layer.group_add(CHANNEL_GROUP, channel)
        counts = [len(server.client().pubsub_channels()) for server in (other_server, valkey)]
        await layer.group_send(CHANNEL_GROUP, {"type": "test"})
        assert (await layer.receive(channel))["type"] == "test"
        await layer.flush()
        return counts[0], counts[1]

    found, others = asyncio.run(count_subscribers())
    assert found > 0
    assert others == 0


def test_claims_every_server(queue_server: RedisProcess, valkey: BrokerProcess) -> None:
    claim_redis()
    assert queue_server.client().exists(redis_key("database"))
    assert valkey.client().exists(redis_key("database"))


def test_readyz_requires_every_server(
    valkey: BrokerProcess, other_server: RedisProcess, settings: Settings, anonymous: Client
) -> None:
    settings.QUEUE_URL = other_server.url
    assert anonymous.get("/readyz").status_code == 200
    settings.LAYER_URL = f"redis://127.0.0.1:{find_free_port()}/0"
    response = anonymous.get("/readyz")
    assert response.status_code == 503
    assert "broker" in response.content.decode()


def test_equal_addresses_are_one_server(settings: Settings) -> None:
    assert list_servers() == ["keys"]
    settings.LAYER_URL = settings.REDIS_URL
    assert list_servers() == ["keys"]
    settings.QUEUE_URL = "redis://127.0.0.1:1/0"
    assert sorted(list_servers()) == ["keys", "queue"]
    assert connect_redis(use="queue").connection_pool.connection_kwargs["port"] == 1
