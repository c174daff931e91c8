"""The training process: complete, killed, cancelled, without its lease, terminated."""

import random
import time
import uuid
from pathlib import Path

import pytest

from recognizer.models import ModelVersion, RunStatus, Snapshot, TrainingRun
from recognizer.registry.promotion import load_champion
from tests.fixtures.site_process import wait_until
from tests.training.factories import make_run
from tests.training.fork_server import ForkServer
from tests.training.trainer_runs import (
    reap_trainer,
    run_epochs,
    run_log,
    start_trainer,
    train_to_end,
    wait_for,
)
from workers.training.lease_renewal_thread import EXIT_LEASE_LOST
from workers.training.training_process_main import EXIT_RETRY_LATER

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

EPOCHS = 4
KILLS = 10


def _make_small_run(snapshot: Snapshot, **fields: object) -> TrainingRun:
    return make_run(snapshot, **{"architecture": "mlp", "epochs": EPOCHS, **fields})


def test_trains_registers_and_evaluates_a_model(
    fork_server: ForkServer, snapshot: Snapshot, runs_folder: Path
) -> None:
    run = _make_small_run(snapshot, wants_shadow=True)
    assert train_to_end(fork_server, run) == 0
    assert (run.status, run.error, run.epoch) == (RunStatus.SUCCEEDED, "", EPOCHS)
    assert run.model
    assert run.model.is_shadow
    assert run.started_at
    assert run.ended_at
    evaluation = run.evaluations.get()
    assert (evaluation.challenger, evaluation.champion) == (run.model, load_champion())
    assert run_epochs(run) == [1, 2, 3, 4]
    assert run_log(run)[0] == "6 training drawings of 3 users, 4 epochs."
    assert list(runs_folder.iterdir()) == []


def test_killing_a_trainer_ten_times_gives_the_same_model(
    fork_server: ForkServer, snapshot: Snapshot, runs_folder: Path
) -> None:
    run = _make_small_run(snapshot, seed=7)
    rng = random.Random(time.time_ns())
    started_at = time.monotonic()
    train_to_end(fork_server, _make_small_run(snapshot, seed=8))
    duration_s = time.monotonic() - started_at
    num_deaths = 0
    while num_deaths < KILLS:
        child = start_trainer(fork_server, run)
        time.sleep(rng.uniform(0, duration_s / 2))
        if not child.is_running():
            break
        child.kill()
        num_deaths += reap_trainer(run, child) != 0
        assert run.status in (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.SUCCEEDED)
    assert num_deaths > 0
    assert train_to_end(fork_server, run) == 0
    assert run.status == RunStatus.SUCCEEDED, f"{run.error}: {run.detail} after {num_deaths} deaths"
    assert run_epochs(run) == [1, 2, 3, 4]
    assert run.evaluations.count() == 1
    assert list(runs_folder.iterdir()) == []
    uninterrupted = _make_small_run(snapshot, seed=7)
    train_to_end(fork_server, uninterrupted)
    assert uninterrupted.error == "duplicate_model"


def test_cancelled_run_stops_and_deletes_its_files(
    fork_server: ForkServer, snapshot: Snapshot, runs_folder: Path
) -> None:
    run = _make_small_run(snapshot, epochs=200)
    child = start_trainer(fork_server, run)
    wait_for(run, lambda run: run.epoch >= 1, "it trains")
    TrainingRun.objects.filter(pk=run.pk).update(cancelled_at=run.created_at)
    wait_until(lambda: not child.is_running(), within_s=5, what="it stops")
    reap_trainer(run, child)
    assert (run.status, run.model, run.progress) == (RunStatus.CANCELLED, None, {})
    assert list(runs_folder.iterdir()) == []
    assert ModelVersion.objects.filter(architecture="mlp").count() == 0


def test_process_without_its_lease_changes_nothing(
    fork_server: ForkServer, snapshot: Snapshot, runs_folder: Path
) -> None:
    run = _make_small_run(snapshot, epochs=200)
    child = start_trainer(fork_server, run)
    wait_for(run, lambda run: run.epoch >= 1, "it trains")
    TrainingRun.objects.filter(pk=run.pk).update(lease=uuid.uuid4())
    assert child.wait(10) in (EXIT_LEASE_LOST, EXIT_RETRY_LATER)
    run.refresh_from_db()
    epoch, events = run.epoch, run.events.count()
    assert run.status == RunStatus.RUNNING
    time.sleep(0.5)
    run.refresh_from_db()
    assert (run.epoch, run.events.count()) == (epoch, events)


def test_one_of_two_processes_trains_the_run(
    fork_server: ForkServer, snapshot: Snapshot, runs_folder: Path
) -> None:
    run = _make_small_run(snapshot)
    first = fork_server.start(run.pk, uuid.uuid4())
    second = fork_server.start(run.pk, uuid.uuid4())
    assert (first.wait(), second.wait()) == (0, 0)
    run.refresh_from_db()
    assert (run.status, run.attempts) == (RunStatus.SUCCEEDED, 0)
    assert run_epochs(run) == [1, 2, 3, 4]


def test_sigterm_releases_the_run(
    fork_server: ForkServer, snapshot: Snapshot, runs_folder: Path
) -> None:
    run = _make_small_run(snapshot, epochs=200)
    child = start_trainer(fork_server, run)
    wait_for(run, lambda run: run.epoch >= 2, "it trains")
    child.terminate()
    assert reap_trainer(run, child) == EXIT_RETRY_LATER
    assert (run.status, run.attempts, run.lease) == (RunStatus.QUEUED, 0, None)
    TrainingRun.objects.filter(pk=run.pk).update(cancelled_at=run.created_at)
    assert train_to_end(fork_server, _make_small_run(snapshot)) == 0
    assert (runs_folder / str(run.pk)).is_dir()  # the run is still open, so its checkpoints stay
