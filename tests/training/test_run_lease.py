"""Leases on training runs: acquired once, renewed, lost, expired."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from recognizer.messaging.celery_task_sender import TaskSender
from recognizer.messaging.redis_keys import redis_key
from recognizer.models import GroundTruth, RunStatus, Snapshot, TrainingRun, User
from recognizer.protocol import SCHEDULED_RUN_TASK, TRAIN_TASK, TRAINING_QUEUE
from recognizer.training import run_leases as leasing
from recognizer.training.run_dispatcher import RunDispatcher, close_dead_runs
from recognizer.training.run_leases import LeaseLost
from tests.api.factories import make_model_version
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.broker_tasks import decode_task
from tests.snapshots.factories import make_labelled_drawing
from tests.training.factories import make_run

LONG_AGO = timezone.now() - timedelta(hours=1)


def _acquire(snapshot: Snapshot | None, **fields: Any) -> TrainingRun:
    run = leasing.acquire_run(make_run(snapshot, **fields).pk, lease=uuid.uuid4())
    assert run
    return run


def _expire(run: TrainingRun) -> None:
    TrainingRun.objects.filter(pk=run.pk).update(lease_until=LONG_AGO)


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_only_one_process_acquires_a_run(db: None) -> None:
    run = make_run(None)

    def try_acquire(_: int) -> bool:
        try:
            return leasing.acquire_run(run.pk, lease=uuid.uuid4()) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(try_acquire, range(8))) == 1
    run.refresh_from_db()
    assert (run.status, run.attempts) == (RunStatus.RUNNING, 1)


@pytest.mark.both_databases
@pytest.mark.django_db
def test_expired_lease_allows_no_changes() -> None:
    first = _acquire(None)
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
def test_expires_only_the_given_lease() -> None:
    run = _acquire(None)
    assert run.lease
    assert not leasing.expire_lease(run.pk, lease=uuid.uuid4())
    assert leasing.acquire_run(run.pk, lease=uuid.uuid4()) is None
    assert leasing.expire_lease(run.pk, lease=run.lease)
    assert leasing.acquire_run(run.pk, lease=uuid.uuid4())


@pytest.mark.django_db
def test_completed_epoch_resets_the_attempts() -> None:
    run = _acquire(None, attempts=2)
    leasing.record_epoch(run, 1, {"loss": 0.5})
    run.refresh_from_db()
    assert (run.attempts, run.epoch) == (0, 1)


@pytest.mark.django_db
def test_run_fails_after_its_last_attempt_died(settings: Settings) -> None:
    run = _acquire(None, attempts=settings.TRAINING_MAX_ATTEMPTS - 1)
    assert close_dead_runs() == 0  # its last attempt still runs
    _expire(run)
    assert leasing.acquire_run(run.pk, lease=uuid.uuid4()) is None
    assert close_dead_runs() == 1
    run.refresh_from_db()
    assert (run.status, run.error) == (RunStatus.FAILED, "died")
    assert run.ended_at


@pytest.mark.django_db
def test_run_that_died_after_cancellation_is_cancelled() -> None:
    run = _acquire(None, cancelled_at=None)
    TrainingRun.objects.update(cancelled_at=LONG_AGO, lease_until=LONG_AGO)
    assert leasing.acquire_run(run.pk, lease=uuid.uuid4()) is None
    assert close_dead_runs() == 1
    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED


@pytest.mark.django_db
def test_sends_a_due_run_once_until_a_worker_takes_it(valkey: BrokerProcess) -> None:
    waiting, dead = make_run(None), _acquire(None, seed=2)
    _expire(dead)
    _acquire(None, seed=3)  # it runs
    sender = TaskSender()
    dispatcher = RunDispatcher(sender)
    assert dispatcher.send_due() == 1
    assert dispatcher.send_due() == 0  # the first task is still in the broker
    assert _pop_task(valkey) == (TRAIN_TASK, str(waiting.pk))
    assert dispatcher.send_due() == 1  # the first run is not sent again yet
    assert _pop_task(valkey) == (TRAIN_TASK, str(dead.pk))
    sender.close()


@pytest.mark.django_db
def test_requests_a_run_after_enough_new_labels(
    valkey: BrokerProcess, settings: Settings, owner: User
) -> None:
    sender = TaskSender()
    dispatcher = RunDispatcher(sender)
    for value in (1, 2, 3):
        make_labelled_drawing(owner, value)
    assert not dispatcher.send_after_new_labels()  # disabled
    settings.RETRAIN_AFTER_NEW_LABELS = 4
    assert not dispatcher.send_after_new_labels()
    settings.RETRAIN_AFTER_NEW_LABELS = 3
    assert dispatcher.send_after_new_labels()
    assert _pop_task(valkey) == (SCHEDULED_RUN_TASK, "new_labels")
    make_run(None)
    assert not dispatcher.send_after_new_labels()  # no new labels since that run
    GroundTruth.objects.update(decided_at=timezone.now() + timedelta(seconds=1))
    assert dispatcher.send_after_new_labels()
    sender.close()


def _pop_task(valkey: BrokerProcess) -> tuple[str, str]:
    """Return the name and the argument of the next task."""
    name, (argument,) = decode_task(valkey.client().lpop(redis_key(TRAINING_QUEUE)))
    return name, argument
