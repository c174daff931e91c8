"""Whose a run is: claimed once, renewed, lost, swept up."""

import base64
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from recognizer.messaging.task_queue import TaskSender
from recognizer.models import GroundTruth, RunStatus, Snapshot, TrainingRun, User
from recognizer.protocol import SCHEDULED_RUN_TASK, TRAIN_TASK, TRAINING_QUEUE
from recognizer.training import lease as leasing
from recognizer.training.lease import LeaseLost
from recognizer.training.run_dispatcher import RunDispatcher, close_dead_runs
from tests.api.factories import make_model_version
from tests.fixtures.broker_process import BrokerProcess
from tests.snapshots.factories import make_labelled_drawing
from tests.training.factories import make_run

LONG_AGO = timezone.now() - timedelta(hours=1)


def _claimed(snapshot: Snapshot | None, **fields: Any) -> TrainingRun:
    run = leasing.acquire_run(make_run(snapshot, **fields).pk, lease=uuid.uuid4())
    assert run
    return run


def _expire(run: TrainingRun) -> None:
    TrainingRun.objects.filter(pk=run.pk).update(lease_until=LONG_AGO)


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_gets_it(db: None) -> None:
    run = make_run(None)

    def claim(_: int) -> bool:
        try:
            return leasing.acquire_run(run.pk, lease=uuid.uuid4()) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(claim, range(8))) == 1
    run.refresh_from_db()
    assert (run.status, run.attempts) == (RunStatus.RUNNING, 1)


@pytest.mark.both_databases
@pytest.mark.django_db
def test_a_lease_that_ran_out_is_somebody_elses() -> None:
    first = _claimed(None)
    assert leasing.acquire_run(first.pk, lease=uuid.uuid4()) is None
    _expire(first)
    second = leasing.acquire_run(first.pk, lease=uuid.uuid4())
    assert second
    assert second.attempts == 2
    for change in (
        leasing.renew_lease,
        leasing.mark_run_cancelled,
        leasing.release_run,
        leasing.is_cancel_requested,
        lambda run: leasing.update_progress(run, {}),
        lambda run: leasing.record_epoch(run, 1, {}),
        lambda run: leasing.append_event(run, "log", text="late"),
        lambda run: leasing.fail_run(run, "internal_error", ""),
        lambda run: leasing.finish_run(run, make_model_version()),
    ):
        with pytest.raises(LeaseLost):
            change(first)
    second.refresh_from_db()
    assert (second.status, second.epoch, second.events.count()) == (RunStatus.RUNNING, 0, 0)
    leasing.renew_lease(second)


@pytest.mark.django_db
def test_only_the_dead_ones_lease_is_ended() -> None:
    run = _claimed(None)
    assert run.lease
    assert not leasing.expire_lease(run.pk, lease=uuid.uuid4())
    assert leasing.acquire_run(run.pk, lease=uuid.uuid4()) is None
    assert leasing.expire_lease(run.pk, lease=run.lease)
    assert leasing.acquire_run(run.pk, lease=uuid.uuid4())


@pytest.mark.django_db
def test_an_epoch_that_is_done_counts_attempts_anew() -> None:
    run = _claimed(None, attempts=2)
    leasing.record_epoch(run, 1, {"loss": 0.5})
    run.refresh_from_db()
    assert (run.attempts, run.epoch) == (0, 1)


@pytest.mark.django_db
def test_one_that_died_too_often_is_failed_and_says_so(settings: Settings) -> None:
    run = _claimed(None, attempts=settings.TRAINING_MAX_ATTEMPTS - 1)
    assert close_dead_runs() == 0  # its last attempt still lives
    _expire(run)
    assert leasing.acquire_run(run.pk, lease=uuid.uuid4()) is None
    assert close_dead_runs() == 1
    run.refresh_from_db()
    assert (run.status, run.error) == (RunStatus.FAILED, "died")
    assert run.ended_at


@pytest.mark.django_db
def test_one_that_died_when_it_was_asked_to_stop_is_cancelled() -> None:
    run = _claimed(None, cancelled_at=None)
    TrainingRun.objects.update(cancelled_at=LONG_AGO, lease_until=LONG_AGO)
    assert leasing.acquire_run(run.pk, lease=uuid.uuid4()) is None
    assert close_dead_runs() == 1
    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED


@pytest.mark.django_db
def test_what_is_due_is_sent_once_until_somebody_takes_it(valkey: BrokerProcess) -> None:
    waiting, dead = make_run(None), _claimed(None, seed=2)
    _expire(dead)
    _claimed(None, seed=3)  # it trains
    sender = TaskSender()
    sweep = RunDispatcher(sender)
    assert sweep.send_due() == 1
    assert sweep.send_due() == 0  # one lies in the broker, taken by nobody
    assert _pop_task(valkey) == (TRAIN_TASK, str(waiting.pk))
    assert sweep.send_due() == 1  # the next one; the first is not sent again so soon
    assert _pop_task(valkey) == (TRAIN_TASK, str(dead.pk))
    sender.close()


@pytest.mark.django_db
def test_a_run_is_asked_for_after_so_many_new_truths(
    valkey: BrokerProcess, settings: Settings, owner: User
) -> None:
    sender = TaskSender()
    sweep = RunDispatcher(sender)
    for value in (1, 2, 3):
        make_labelled_drawing(owner, value)
    assert not sweep.send_after_new_labels()  # switched off
    settings.RETRAIN_AFTER_NEW_LABELS = 4
    assert not sweep.send_after_new_labels()
    settings.RETRAIN_AFTER_NEW_LABELS = 3
    assert sweep.send_after_new_labels()
    assert _pop_task(valkey) == (SCHEDULED_RUN_TASK, "new_labels")
    make_run(None)
    assert not sweep.send_after_new_labels()  # they were there before this run was asked for
    GroundTruth.objects.update(decided_at=timezone.now() + timedelta(seconds=1))
    assert sweep.send_after_new_labels()
    sender.close()


def _pop_task(valkey: BrokerProcess) -> tuple[str, str]:
    """The next task of the queue: its name and its argument."""
    raw: Any = valkey.client().lpop(TRAINING_QUEUE)
    message = json.loads(raw)
    (argument,), _, _ = json.loads(base64.b64decode(message["body"]))
    return message["headers"]["task"], argument
