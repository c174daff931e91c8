"""Two sites on one Redis: neither receives, counts or changes anything of the other."""

import asyncio
from collections.abc import Iterator

import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer
from prometheus_client import REGISTRY
from pytest_django.fixtures import Settings

from recognizer.explanations import cache
from recognizer.explanations.explanation_inputs import ExplanationSubject
from recognizer.messaging import redis_keys
from recognizer.messaging.celery_task_sender import TaskSender
from recognizer.messaging.channel_layer import CHANNEL_GROUP, load_channel_layer
from recognizer.messaging.message_signing import sign_text
from recognizer.messaging.redis_client import connect_redis
from recognizer.messaging.redis_keys import HEARTBEAT_KEY, redis_key
from recognizer.messaging.site_claim import RedisInUse, claim_redis, start_feed_epoch
from recognizer.models import SiteIdentity
from recognizer.protocol import BACKGROUND_QUEUES, RECOGNITION_QUEUE
from recognizer.registry.shadow_models import SHADOW_DROPPED_KEY, count_dropped_drawings
from recognizer.registry.worker_status import heartbeat_json, list_workers
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.deadlines import deadline

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]

SITES = ("one", "other")


@pytest.fixture(autouse=True)
def forget_site() -> Iterator[None]:
    yield
    redis_keys._load_site_id.cache_clear()


def _become(site_id: str) -> None:
    """Continue as a process of another site, whose database has this site id."""
    SiteIdentity.objects.update_or_create(pk=1, defaults={"site_id": site_id})
    redis_keys._load_site_id.cache_clear()


@pytest.mark.parametrize("queue", [RECOGNITION_QUEUE, *BACKGROUND_QUEUES])
def test_tasks_stay_in_their_site(queue: str) -> None:
    counts = []
    for site in SITES:
        _become(site)
        sender = TaskSender()
        counts.append(sender.count_waiting(queue))
        sender.send_task("digitsite.none", "payload", queue=queue)
        counts.append(sender.count_waiting(queue))
        sender.close()
    assert counts == [0, 1, 0, 1]


def test_metrics_count_the_own_queue() -> None:
    _become("one")
    sender = TaskSender()
    sender.send("payload")
    sender.close()
    counts = []
    for site in SITES:
        _become(site)
        counts.append(REGISTRY.get_sample_value("digitsite_waiting_tasks"))
    assert counts == [1, 0]


def test_workers_belong_to_their_site() -> None:
    _become("one")
    with connect_redis() as client:
        client.set(
            redis_key(f"{HEARTBEAT_KEY}here:1"), heartbeat_json(serving_ref="m", ready_refs=[])
        )
        client.set(redis_key(SHADOW_DROPPED_KEY), 5)
    assert [worker.name for worker in list_workers()] == ["here:1"]
    assert count_dropped_drawings() == 5
    _become("other")
    assert list_workers() == []
    assert count_dropped_drawings() == 0


def test_explanations_belong_to_their_site() -> None:
    subject = ExplanationSubject.parse("example:0")
    texts = []
    for site in SITES:
        _become(site)
        key = cache.build_key(subject, "steps", "sha")
        texts.append(cache.load_entry(key).text)
        cache.save_explanation(key, f"of {site}")
        texts.append(cache.load_entry(key).text)
    assert texts == ["", "of one", "", "of other"]


def test_messages_stay_in_their_site() -> None:
    layers = []
    for site in SITES:
        _become(site)
        layers.append(load_channel_layer.__wrapped__())
    assert asyncio.run(_exchange_messages(*layers)) == [["of one"], ["of other"]]


async def _exchange_messages(*layers: RedisPubSubChannelLayer) -> list[list[str]]:
    """Send a message in each layer, and return what each layer received."""
    received = []
    channels = [await layer.new_channel() for layer in layers]
    for layer, channel in zip(layers, channels, strict=True):
        await layer.group_add(CHANNEL_GROUP, channel)
    for layer, site in zip(layers, SITES, strict=True):
        await layer.group_send(CHANNEL_GROUP, {"type": "test", "text": f"of {site}"})
        await layer.group_send(CHANNEL_GROUP, {"type": "end"})
    for layer, channel in zip(layers, channels, strict=True):
        texts = []
        async with asyncio.timeout(deadline(5)):
            while (message := await layer.receive(channel))["type"] != "end":
                texts.append(message["text"])
        received.append(texts)
    for layer in layers:
        await layer.flush()
    return received


def test_refuses_a_copy_of_a_database_on_the_same_redis(valkey: BrokerProcess) -> None:
    claim_redis()
    claim_redis()
    with connect_redis() as client:
        client.set(redis_key("database"), sign_text("sqlite:of another file", purpose="claim"))
    with pytest.raises(RedisInUse, match="after_restore --as-new-site"):
        claim_redis()
    start_feed_epoch(as_new_site=True)
    redis_keys._load_site_id.cache_clear()
    claim_redis()


def test_refuses_a_process_with_another_secret_key(settings: Settings) -> None:
    claim_redis()
    settings.SECRET_KEY = "x" * 50
    with pytest.raises(RedisInUse, match="SECRET_KEY"):
        claim_redis()


def test_starts_while_redis_is_unavailable(valkey: BrokerProcess) -> None:
    valkey.stop()
    claim_redis()
