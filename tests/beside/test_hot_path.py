"""Models that are switched on cost nothing while nobody looks: not a statement, not a message."""

from math import inf
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer import contract, delivery
from recognizer.beside import choose_shown
from recognizer.models import ModelVersion, User
from tests.fixtures.broker_process import BrokerProcess
from tests.way.drawing import ink_of, store, submission
from workers import recognize
from workers.engine import Engine
from workers.recognize import recognize_group

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[delivery.Message]:
    """All that is told to other processes."""
    messages: list[delivery.Message] = []
    monkeypatch.setattr(delivery, "_tell", messages.append)
    return messages


def test_a_drawing_costs_the_same_statements_and_messages_and_no_task(
    owner: User,
    shown: list[ModelVersion],
    sent: list[delivery.Message],
    valkey: BrokerProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = _level_engine(monkeypatch)
    with_them = _recognize(owner)
    assert not engine.has_shadows
    assert engine.ready() == [engine.serves()]
    choose_shown([])
    _level_engine(monkeypatch)
    assert _recognize(owner) == with_them
    assert len(sent) == 2  # a message for each answer, which is the champion's
    with valkey.client() as client:
        queues = contract.BESIDE_QUEUE, contract.SHADOW_QUEUE
        assert [client.llen(queue) for queue in queues] == [0, 0]


def _level_engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """It knows who serves and what to have ready; asking again is another thread's."""
    engine = Engine()
    engine.start()
    engine.refresh()
    monkeypatch.setattr(engine, "_ask_again_at", inf)
    monkeypatch.setattr("workers.answering.engine", engine)
    monkeypatch.setattr(recognize, "engine", engine)
    return engine


def _recognize(owner: User) -> list[str]:
    """What is asked of the database by storing and answering one drawing, without its values."""
    with CaptureQueriesContext(connection) as queries:
        [job] = store(submission(owner, ink=ink_of(1), ref=uuid4())).jobs
        payload = contract.encode_group("g", [(str(job.id), job.revision, job.ink)])
        recognize_group(contract.decode_group(payload))
    return [query["sql"].split()[0] for query in queries if "recognizer_" in query["sql"]]
