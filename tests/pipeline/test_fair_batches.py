"""Batches by turns between users, bounded by points, with a queue for heavy drawings."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from recognizer import protocol
from recognizer.ingest.batch_publisher import BatchPublisher
from recognizer.ingest.fair_batches import (
    HEAVY_INK_POINTS,
    MAX_BATCH_POINTS,
    MAX_BATCH_POINTS_PER_USER,
    PICTURE_POINTS,
    FairQueue,
    PendingDrawing,
)
from recognizer.maintenance.drawing_requeue import (
    MAX_DUE_DRAWINGS_PER_USER,
    MAX_QUEUED_HEAVY_TASKS,
    requeue_due_drawings,
)
from recognizer.messaging.celery_task_sender import TaskSender
from recognizer.messaging.redis_keys import redis_key
from recognizer.models import Drawing, User
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.site_process import wait_until
from tests.pipeline.factories import make_submission, store_drawings
from tests.pipeline.test_requeue import LONG_AGO, sent_batches

FLOODER, OTHER, THIRD = 1, 2, 3
HEAVY_INK = str([[[1, 2]] * (HEAVY_INK_POINTS + 1)])


def _drawing(number: int, owner: int, points: int = 100) -> PendingDrawing:
    """Return a drawing of one stroke, or a picture for no points."""
    ink = str([[[1, 2]] * (points - 2)]) if points else ""
    return PendingDrawing(str(number), owner, 1, ink)


def _queue(drawings: Sequence[PendingDrawing], *, expires_at: float = math.inf) -> FairQueue:
    queue = FairQueue()
    for drawing in drawings:
        queue.add(drawing, expires_at=expires_at)
    return queue


def _owners(batch: Sequence[PendingDrawing]) -> Counter[int]:
    return Counter(drawing.owner_id for drawing in batch)


def test_a_later_user_is_in_the_next_batch() -> None:
    flood = [_drawing(number, FLOODER) for number in range(1_000)]
    queue = _queue([*flood, _drawing(1_000, OTHER), _drawing(1_001, THIRD)])
    first, second = queue.take_batch(3), queue.take_batch(3)
    assert _owners(first) == {FLOODER: 1, OTHER: 1, THIRD: 1}
    assert [drawing.id for drawing in (first[0], *second)] == ["0", "1", "2", "3"]


def test_users_take_turns_across_batches() -> None:
    queue = _queue([_drawing(10 * n + owner, owner) for n in range(9) for owner in (1, 2, 3)])
    assert sum((_owners(queue.take_batch(2)) for _ in range(6)), Counter()) == {1: 4, 2: 4, 3: 4}


@pytest.mark.parametrize("points", [3, 100, 990, 0], ids=lambda points: f"{points} points")
@pytest.mark.parametrize("users", [1, 3, 40])
def test_a_batch_is_bounded_by_points(points: int, users: int) -> None:
    queue = _queue([_drawing(number, number % users, points) for number in range(400)])
    largest = points or PICTURE_POINTS
    taken = 0
    while batch := queue.take_batch(128):
        taken += len(batch)
        each = Counter[int]()
        for drawing in batch:
            each[drawing.owner_id] += drawing.points
        assert len(batch) <= 128
        assert each.total() < MAX_BATCH_POINTS + largest
        assert max(each.values()) < MAX_BATCH_POINTS_PER_USER + largest
    assert taken == 400


def test_a_newer_revision_replaces_an_older_one() -> None:
    old, new = PendingDrawing("a", 1, 1, "[[[1,2]]]"), PendingDrawing("a", 1, 2, "[[[3,4]]]")
    queue = _queue([old, new])
    assert queue.take_batch(9) == [new]
    assert not queue


def test_expired_drawings_are_left_to_the_sweep() -> None:
    queue = _queue([_drawing(number, number % 2) for number in range(9)], expires_at=0)
    assert queue.take_batch(128) == []
    assert not queue


@pytest.mark.parametrize(
    ("ink", "queue"),
    [
        ("", protocol.HEAVY_RECOGNITION_QUEUE),
        (HEAVY_INK, protocol.HEAVY_RECOGNITION_QUEUE),
        (str([[[1, 2, 3, 0.5]] * 900]), protocol.RECOGNITION_QUEUE),
        ("[[[1,2]]]", protocol.RECOGNITION_QUEUE),
    ],
    ids=["picture", "heavy ink", "long ink", "a point"],
)
def test_heavy_drawings_have_their_own_queue(ink: str, queue: str) -> None:
    assert PendingDrawing("a", 1, 1, ink).queue == queue


@pytest.fixture
def publisher(transactional_db: None, valkey: BrokerProcess) -> Iterator[BatchPublisher]:
    publisher = BatchPublisher()
    yield publisher
    publisher.close()


@pytest.mark.integration
def test_usual_drawings_do_not_wait_for_the_results_of_heavy_ones(
    publisher: BatchPublisher, valkey: BrokerProcess
) -> None:
    """No worker runs, so the slots of the heavy batches stay taken."""
    publisher.add([_drawing(number, FLOODER, points=0) for number in range(9)])
    publisher.add([_drawing(100, OTHER)])
    wait_until(lambda: bool(sent_batches(valkey)), within_s=30, what="the usual drawing is sent")
    [usual] = sent_batches(valkey)
    assert [item.id for item in usual] == ["100"]

    def heavy_batches() -> list[list[protocol.BatchItem]]:
        return sent_batches(valkey, protocol.HEAVY_RECOGNITION_QUEUE)

    wait_until(lambda: len(heavy_batches()) >= 2, within_s=30, what="two heavy batches are sent")
    assert [[item.id for item in batch] for batch in heavy_batches()[:2]] == [["0"], ["1"]]


@pytest.fixture
def sender(broker: BrokerProcess) -> Iterator[TaskSender]:
    sender = TaskSender()
    yield sender
    sender.close()


@pytest.mark.django_db
@pytest.mark.both_databases
@pytest.mark.integration
def test_the_sweep_sends_by_turns_to_both_queues(
    owner: User, outsider: User, sender: TaskSender, broker: BrokerProcess
) -> None:
    flood = [make_submission(owner, ink=ink) for ink in (HEAVY_INK, "[[[1,2]]]") for _ in range(70)]
    store_drawings(*flood)
    store_drawings(make_submission(outsider, ink="", picture="x"), make_submission(outsider))
    Drawing.objects.update(due_at=LONG_AGO)
    assert requeue_due_drawings(sender) == 2 * MAX_DUE_DRAWINGS_PER_USER + 2
    theirs = {str(id) for id in Drawing.objects.filter(owner=outsider).values_list("pk", flat=True)}
    for queue in (protocol.RECOGNITION_QUEUE, protocol.HEAVY_RECOGNITION_QUEUE):
        first = sent_batches(broker, queue)[0]
        assert theirs & {item.id for item in first[:2]}


@pytest.mark.django_db
@pytest.mark.integration
def test_the_sweep_waits_for_each_queue_by_itself(
    owner: User, sender: TaskSender, broker: BrokerProcess
) -> None:
    store_drawings(make_submission(owner, ink=HEAVY_INK), make_submission(owner))
    Drawing.objects.update(due_at=LONG_AGO)
    waiting = ["x"] * MAX_QUEUED_HEAVY_TASKS
    broker.client().lpush(redis_key(protocol.HEAVY_RECOGNITION_QUEUE), *waiting)
    assert requeue_due_drawings(sender) == 1
    assert len(sent_batches(broker, protocol.RECOGNITION_QUEUE)) == 1
