"""What the sweep sends again, what it fails, and when it holds back."""

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import QuerySet

from recognizer import protocol
from recognizer.maintenance.drawing_requeue import (
    MAX_QUEUED_TASKS,
    fail_exhausted_drawings,
    requeue_due_drawings,
)
from recognizer.messaging.task_queue import CannotPublish, TaskSender
from recognizer.models import Drawing, User
from tests.fixtures.broker_process import BrokerProcess
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


def _sent(broker: BrokerProcess) -> list[list[protocol.BatchItem]]:
    """The groups that lie in the broker, the oldest first."""
    groups = []
    for raw in reversed(broker.client().lrange(protocol.RECOGNITION_QUEUE, 0, -1)):
        [[payload], _, _] = json.loads(b64decode(json.loads(raw)["body"]))
        groups.append(protocol.decode_batch(payload).drawings)
    return groups


def test_what_nobody_took_goes_out_again_as_a_group(
    owner: User, sender: TaskSender, broker: BrokerProcess
) -> None:
    drawings = _overdue(owner, 3)
    assert requeue_due_drawings(sender) == 3
    [jobs] = _sent(broker)
    assert {job.id for job in jobs} == {str(drawing.pk) for drawing in drawings}
    assert jobs[0].strokes == json.loads(drawings[0].ink)


def test_what_was_tried_before_goes_alone(
    owner: User, sender: TaskSender, broker: BrokerProcess
) -> None:
    _overdue(owner, 2, attempts=1)
    _overdue(owner, 2)
    requeue_due_drawings(sender)
    assert [len(jobs) for jobs in _sent(broker)] == [1, 1, 2]


def test_what_went_out_just_now_waits_before_it_goes_again(
    owner: User, sender: TaskSender, broker: BrokerProcess
) -> None:
    _overdue(owner, 1)
    assert [requeue_due_drawings(sender), requeue_due_drawings(sender)] == [1, 0]
    assert len(_sent(broker)) == 1


def test_what_is_new_leased_answered_or_deleted_stays(
    owner: User, sender: TaskSender, broker: BrokerProcess
) -> None:
    store_drawings(make_submission(owner))
    _overdue(owner, 1, status="recognized")
    _overdue(owner, 1, deleted_at=LONG_AGO)
    Drawing.objects.filter(status="queued", deleted_at=None).update(due_at="2126-01-01T00:00Z")
    assert requeue_due_drawings(sender) == 0
    assert _sent(broker) == []


def test_while_many_tasks_lie_in_the_broker_nothing_is_added(
    owner: User, sender: TaskSender, broker: BrokerProcess
) -> None:
    broker.client().lpush(protocol.RECOGNITION_QUEUE, *["x"] * MAX_QUEUED_TASKS)
    _overdue(owner, 1)
    assert requeue_due_drawings(sender) == 0


def test_a_broker_that_is_away_costs_nothing_and_the_rows_are_due_at_its_return(
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
def test_what_took_all_its_attempts_fails_and_says_so(owner: User) -> None:
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
def test_the_last_attempt_may_end_before_it_counts_as_failed(owner: User) -> None:
    _overdue(owner, 1)
    Drawing.objects.update(attempts=3, due_at="2126-01-01T00:00Z")
    assert fail_exhausted_drawings() == 0
