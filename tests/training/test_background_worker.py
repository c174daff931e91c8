"""The background worker: starts training processes, stays free, and ends with them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from recognizer.messaging.celery_task_sender import TaskSender
from recognizer.models import RunStatus, Snapshot
from recognizer.protocol import TRAIN_TASK, TRAINING_QUEUE
from recognizer.training.run_dispatcher import RunDispatcher
from recognizer.training.run_leases import due_runs
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import ROOT, wait_until
from tests.training.factories import make_run
from tests.training.trainer_runs import wait_for
from workers.training.training_process_main import MAX_NICE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]

COMMAND = (
    "celery -A workers.app worker --pool solo -Q side_by_side,explain,shadow,training,evaluation"
    " --loglevel WARNING --without-gossip --without-mingle --without-heartbeat"
)


class Worker:
    """A background worker that a test can start again."""

    def __init__(self, environment: dict[str, str]) -> None:
        settings = {"REHEARSAL_SAMPLES_PER_EPOCH": "100", "TRAINING_MAX_ATTEMPTS": "20"}
        settings["DJANGO_SETTINGS_MODULE"] = "digitsite.settings"
        self._environment = {**environment, **settings}

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *COMMAND.split()],
            cwd=ROOT,
            env=self._environment,
        )

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(deadline(20))


@pytest.fixture
def worker(
    valkey: BrokerProcess, process_env: dict[str, str], runs_folder: Path
) -> Iterator[Worker]:
    worker = Worker(process_env)
    worker.start()
    yield worker
    worker.stop()


@pytest.fixture
def sender(valkey: BrokerProcess) -> Iterator[TaskSender]:
    sender = TaskSender()
    yield sender
    sender.close()


def test_run_resumes_after_its_worker_was_killed(
    worker: Worker, sender: TaskSender, snapshot: Snapshot
) -> None:
    run, other = make_run(snapshot, architecture="mlp", epochs=1_000), make_run(snapshot, seed=2)
    RunDispatcher(sender).send_due()
    trainer = wait_for_trainer(worker)
    wait_for(run, lambda run: run.epoch >= 1, "it trains")

    sender.send_task(TRAIN_TASK, str(other.pk), queue=TRAINING_QUEUE)
    wait_until(
        lambda: sender.count_waiting(TRAINING_QUEUE) == 0,
        within_s=5,
        what="the worker takes the task",
    )
    assert worker.children() == [trainer]  # one at a time
    other.refresh_from_db()
    assert other.status == RunStatus.QUEUED

    worker.process.kill()
    worker.process.wait(deadline(5))
    wait_until(lambda: not trainer.is_running(), within_s=30, what="the training process ends")
    run.refresh_from_db()
    assert (run.status, run.error) == (RunStatus.QUEUED, "")
    last_epoch = run.epoch
    worker.start()
    other.delete()
    sender.send_task(TRAIN_TASK, str(run.pk), queue=TRAINING_QUEUE)
    trainer = wait_for_trainer(worker)
    wait_for(run, lambda run: run.epoch > last_epoch, "it resumes")
    trainer.kill()
    # Without the supervisor the lease would last 30 s more.
    wait_until(lambda: due_runs().exists(), within_s=20, what="the lease expires")


def wait_for_trainer(worker: Worker) -> psutil.Process:
    """Return the training process. It has a low priority, at which it gets no time next to other
    tests, so that root gives it the usual one."""
    wait_until(
        lambda: [child.nice() for child in worker.children()] == [MAX_NICE],
        within_s=60,
        what="a process trains with low priority",
    )
    (trainer,) = worker.children()
    if os.getuid() == 0:
        trainer.nice(0)
    return trainer
