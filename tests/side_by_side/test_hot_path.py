"""The cost of shown models for recognition."""

from math import inf
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer import protocol
from recognizer.messaging import event_publisher
from recognizer.messaging.redis_keys import redis_key
from recognizer.models import ModelVersion, User
from recognizer.side_by_side.shown_models import set_shown_models
from tests.fixtures.broker_process import BrokerProcess
from tests.pipeline.factories import load_ink, make_submission, store_drawings
from workers.recognition import recognize_task
from workers.recognition.model_cache import ModelCache
from workers.recognition.recognize_task import recognize_batch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent_messages(monkeypatch: pytest.MonkeyPatch) -> list[event_publisher.Message]:
    """The messages to other processes."""
    messages: list[event_publisher.Message] = []
    monkeypatch.setattr(event_publisher, "_send_all", messages.extend)
    return messages


def test_shown_models_add_no_cost_to_recognition(
    owner: User,
    side_by_side_models: list[ModelVersion],
    sent_messages: list[event_publisher.Message],
    valkey: BrokerProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = _warm_model_cache(monkeypatch)
    with_them = _recognize(owner)
    assert not engine.has_shadow_models
    assert engine.loaded_refs() == [engine.champion_ref()]
    set_shown_models([])
    _warm_model_cache(monkeypatch)
    assert _recognize(owner) == with_them
    assert len(sent_messages) == 2  # one for each prediction, which is the champion's
    with valkey.client() as client:
        queues = protocol.SIDE_BY_SIDE_QUEUE, protocol.SHADOW_QUEUE
        assert [client.llen(redis_key(queue)) for queue in queues] == [0, 0]


def _warm_model_cache(monkeypatch: pytest.MonkeyPatch) -> ModelCache:
    """Return a cache that has loaded its models and does not refresh."""
    engine = ModelCache()
    engine.load_champion()
    engine.refresh()
    monkeypatch.setattr(engine, "_next_refresh_at", inf)
    monkeypatch.setattr("workers.recognition.batch_inference.model_cache", engine)
    monkeypatch.setattr(recognize_task, "model_cache", engine)
    return engine


def _recognize(owner: User) -> list[str]:
    """Return the SQL of storing and recognizing one drawing, without parameters."""
    with CaptureQueriesContext(connection) as queries:
        [job] = store_drawings(make_submission(owner, ink=load_ink(1), ref=uuid4())).pending
        payload = protocol.encode_batch("g", [(str(job.id), job.revision, job.ink)])
        recognize_batch(protocol.decode_batch(payload))
    return [query["sql"].split()[0] for query in queries if "recognizer_" in query["sql"]]
