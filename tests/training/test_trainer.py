"""The process that trains: through to the end, killed anywhere, stopped, robbed of its run."""

import random
import time
import uuid
from pathlib import Path

import pytest

from recognizer.models import ModelVersion, RunStatus, Snapshot, TrainingRun
from recognizer.registry import champion
from tests.fixtures.site_process import wait_until
from tests.training.nursery import Nursery
from tests.training.runs import run_of
from tests.training.trained import bury, epochs_of, log_of, start, train, wait_for
from workers.tenancy import LOST
from workers.trainer import NOT_DONE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

EPOCHS = 4
KILLS = 10


def _small(snapshot: Snapshot, **fields: object) -> TrainingRun:
    return run_of(snapshot, **{"architecture": "mlp", "epochs": EPOCHS, **fields})


def test_it_trains_registers_compares_and_leaves_nothing_behind(
    nursery: Nursery, snapshot: Snapshot, runs_folder: Path
) -> None:
    run = _small(snapshot, wants_shadow=True)
    assert train(nursery, run) == 0
    assert (run.status, run.error, run.epoch) == (RunStatus.SUCCEEDED, "", EPOCHS)
    assert run.model
    assert run.model.is_shadow
    assert run.started_at
    assert run.ended_at
    evaluation = run.evaluations.get()
    assert (evaluation.challenger, evaluation.champion) == (run.model, champion())
    assert epochs_of(run) == [1, 2, 3, 4]
    assert log_of(run)[0] == "6 drawings of 3 people, 4 rounds."
    assert list(runs_folder.iterdir()) == []


def test_killed_at_ten_random_moments_it_makes_the_same_network(
    nursery: Nursery, snapshot: Snapshot, runs_folder: Path
) -> None:
    run = _small(snapshot, seed=7)
    moments = random.Random(time.time_ns())
    began = time.monotonic()
    train(nursery, _small(snapshot, seed=8))
    lasts = time.monotonic() - began
    died = 0
    while died < KILLS:
        child = start(nursery, run)
        time.sleep(moments.uniform(0, lasts / 2))
        if not child.is_running():
            break
        child.kill()
        died += bury(run, child) != 0
        assert run.status in (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.SUCCEEDED)
    assert train(nursery, run) == 0
    assert run.status == RunStatus.SUCCEEDED, f"{run.error}: {run.detail} after {died} deaths"
    assert epochs_of(run) == [1, 2, 3, 4]
    assert run.evaluations.count() == 1
    assert list(runs_folder.iterdir()) == []
    undisturbed = _small(snapshot, seed=7)
    train(nursery, undisturbed)
    assert undisturbed.error == "duplicate_model"


def test_one_that_is_asked_to_stop_stops_soon_and_keeps_nothing(
    nursery: Nursery, snapshot: Snapshot, runs_folder: Path
) -> None:
    run = _small(snapshot, epochs=200)
    child = start(nursery, run)
    wait_for(run, lambda run: run.epoch >= 1, "it trains")
    TrainingRun.objects.filter(pk=run.pk).update(cancelled_at=run.created_at)
    wait_until(lambda: not child.is_running(), within_s=5, what="it stops")
    bury(run, child)
    assert (run.status, run.model, run.progress) == (RunStatus.CANCELLED, None, {})
    assert list(runs_folder.iterdir()) == []
    assert ModelVersion.objects.filter(architecture="mlp").count() == 0


def test_one_whose_run_was_taken_away_ends_at_once_and_changes_nothing(
    nursery: Nursery, snapshot: Snapshot, runs_folder: Path
) -> None:
    run = _small(snapshot, epochs=200)
    child = start(nursery, run)
    wait_for(run, lambda run: run.epoch >= 1, "it trains")
    TrainingRun.objects.filter(pk=run.pk).update(lease=uuid.uuid4())
    assert child.wait(10) in (LOST, NOT_DONE)
    run.refresh_from_db()
    epoch, events = run.epoch, run.events.count()
    assert run.status == RunStatus.RUNNING
    time.sleep(0.5)
    run.refresh_from_db()
    assert (run.epoch, run.events.count()) == (epoch, events)


def test_of_two_for_one_run_one_trains(
    nursery: Nursery, snapshot: Snapshot, runs_folder: Path
) -> None:
    run = _small(snapshot)
    first = nursery.start(run.pk, uuid.uuid4())
    second = nursery.start(run.pk, uuid.uuid4())
    assert (first.wait(), second.wait()) == (0, 0)
    run.refresh_from_db()
    assert (run.status, run.attempts) == (RunStatus.SUCCEEDED, 0)
    assert epochs_of(run) == [1, 2, 3, 4]


def test_one_whose_machine_goes_down_gives_its_run_back(
    nursery: Nursery, snapshot: Snapshot, runs_folder: Path
) -> None:
    run = _small(snapshot, epochs=200)
    child = start(nursery, run)
    wait_for(run, lambda run: run.epoch >= 2, "it trains")
    child.terminate()
    assert bury(run, child) == NOT_DONE
    assert (run.status, run.attempts, run.lease) == (RunStatus.QUEUED, 0, None)
    TrainingRun.objects.filter(pk=run.pk).update(cancelled_at=run.created_at)
    assert train(nursery, _small(snapshot)) == 0
    assert (runs_folder / str(run.pk)).is_dir()  # it is open still: what it saved stays
