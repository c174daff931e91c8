"""Requeueing of lost drawings."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from recognizer import protocol
from recognizer.maintenance.drawing_requeue import (
    MAX_QUEUED_TASKS,
    fail_exhausted_drawings,
    requeue_due_drawings,
)
from recognizer.messaging.celery_task_sender import CannotPublish, TaskSender
from recognizer.messaging.redis_keys import redis_key
from recognizer.models import Drawing, User
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.broker_tasks import decode_task
from tests.pipeline.factories import make_submission, store_drawings

LONG_AGO = "2026-01-01T00:00Z"

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender(broker: BrokerProcess) -> Iterator[TaskSender]:
    sender = TaskSender()
    yield sender
    sender.close()


def _overdue(owner: User, count: int, **fields: Any) -> QuerySet[Drawing]:
    store_drawings(*(make_submission(owner) for _ in range(count)))
    Drawing.objects.filter(due_at__gt=LONG_AGO).update(due_at=LONG_AGO, **fields)
    return Drawing.objects.all()


def sent_batches(
    broker: BrokerProcess, queue: str = protocol.RECOGNITION_QUEUE
) -> list[list[protocol.BatchItem]]:
    """Return the batches in the broker, oldest first."""
    groups = []
    for raw in reversed(broker.client().lrange(redis_key(queue), 0, -1)):
        _, [payload] = decode_task(raw)
        groups.append(protocol.decode_batch(payload).drawings)
    return groups


def test_requeues_no_leased_drawing(owner: User, sender: TaskSender, broker: BrokerProcess) -> None:
    drawings = _overdue(owner, 1, attempts=1, lease_until=timezone.now() + timedelta(minutes=1))
    assert requeue_due_drawings(sender) == 0
    drawings.update(lease_until=LONG_AGO)
    assert requeue_due_drawings(sender) == 1


def test_requeues_untried_drawings_in_one_batch(
    owner: User, sender: TaskSender, broker: BrokerProcess
) -> None:
    drawings = _overdue(owner, 3)
    assert requeue_due_drawings(sender) == 3
    [jobs] = sent_batches(broker)
    assert {job.id for job in jobs} == {str(drawing.pk) for drawing in drawings}
    assert jobs[0].ink == drawings[0].ink


def test_requeues_tried_drawings_one_by_one(
    owner: User, sender: TaskSender, broker: BrokerProcess
) -> None:
    _overdue(owner, 2, attempts=1)
    _overdue(owner, 2)
    requeue_due_drawings(sender)
    assert [len(jobs) for jobs in sent_batches(broker)] == [1, 1, 2]


def test_waits_before_it_requeues_a_drawing_again(
    owner: User, sender: TaskSender, broker: BrokerProcess
) -> None:
    _overdue(owner, 1)
    assert [requeue_due_drawings(sender), requeue_due_drawings(sender)] == [1, 0]
    assert len(sent_batches(broker)) == 1


def test_requeues_no_new_leased_predicted_or_deleted_drawing(
    owner: User, sender: TaskSender, broker: BrokerProcess
) -> None:
    store_drawings(make_submission(owner))
    _overdue(owner, 1, status="recognized")
    _overdue(owner, 1, deleted_at=LONG_AGO)
    Drawing.objects.filter(status="queued", deleted_at=None).update(due_at="2126-01-01T00:00Z")
    assert requeue_due_drawings(sender) == 0
    assert sent_batches(broker) == []


def test_requeues_nothing_while_the_queue_is_long(
    owner: User, sender: TaskSender, broker: BrokerProcess
) -> None:
    broker.client().lpush(redis_key(protocol.RECOGNITION_QUEUE), *["x"] * MAX_QUEUED_TASKS)
    _overdue(owner, 1)
    assert requeue_due_drawings(sender) == 0


def test_drawings_stay_due_while_the_broker_is_unavailable(
    owner: User, sender: TaskSender, broker: BrokerProcess
) -> None:
    drawings = _overdue(owner, 1)
    broker.kill()
    assert requeue_due_drawings(sender) == 0
    with pytest.raises(CannotPublish):
        sender.send("{}")
    assert [drawing.due_at.year for drawing in drawings if drawing.due_at] == [2026]
    broker.start()
    assert requeue_due_drawings(sender) == 1


@pytest.mark.both_databases
def test_a_drawing_fails_after_all_attempts(owner: User) -> None:
    drawings = _overdue(owner, 2)
    worst = drawings[0]
    Drawing.objects.filter(pk=worst.pk).update(attempts=3)
    assert fail_exhausted_drawings() == 1
    worst.refresh_from_db()
    assert (worst.status, worst.error) == ("failed", "worker_died")
    assert worst.cursor == 3
    assert protocol.failed_event(worst)["code"] == "worker_died"
    assert Drawing.objects.get(status="queued").attempts == 0


@pytest.mark.both_databases
def test_a_running_last_attempt_is_not_failed(owner: User) -> None:
    _overdue(owner, 1)
    Drawing.objects.update(attempts=3, due_at="2126-01-01T00:00Z")
    assert fail_exhausted_drawings() == 0
