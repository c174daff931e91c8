"""A drawing that kills every worker that predicts it, in a batch with 127 others."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from django.db import connection

from recognizer.ingest.batch_publisher import BatchPublisher
from recognizer.models import Drawing, User
from tests.faults.harness.history_checker import assert_consistent
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.deadlines import deadline
from tests.fixtures.metrics import PrintMetric
from tests.fixtures.site_process import ROOT, wait_until
from tests.pipeline.factories import load_ink, make_submission, store_drawings

POISON = "[[[66666,66666]]]"
WORKER = """
import os
from workers.app import app
from workers.recognition import recognize_task

run_inference = recognize_task.run_inference
def die(drawings):
    is_poisoned = any("66666" in drawing.ink for drawing in drawings)
    return os._exit(9) if is_poisoned else run_inference(drawings)
recognize_task.run_inference = die
app.worker_main(["worker", "--pool", "solo", "-Q", "recognition", "--without-gossip",
                 "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"])
"""
NEXT_DRAWING_INTERVAL_S = 0.25
MAX_NEXT_DRAWING_WAIT_S = 10.0


class WorkerSupervisor:
    """Starts a process, restarts it after each death, and counts the deaths."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._command, self._environment = command, environment
        self.deaths = -1
        self._process: subprocess.Popen[bytes] | None = None

    def restart_if_dead(self) -> None:
        if self._process is None or self._process.poll() is not None:
            self.deaths += 1
            self._process = subprocess.Popen(self._command, cwd=ROOT, env=self._environment)

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(deadline(20))


class NextDrawings:
    """A second user that keeps drawing, and the waiting time of each drawing."""

    def __init__(self, owner: User, publisher: BatchPublisher) -> None:
        self._owner, self._publisher = owner, publisher
        self._stored_at: dict[UUID, float] = {}
        self.waited_s: dict[UUID, float] = {}

    def draw(self) -> None:
        if time.monotonic() - max(self._stored_at.values(), default=0) < NEXT_DRAWING_INTERVAL_S:
            return
        submission = make_submission(self._owner, ink=load_ink(5))
        self._publisher.add(store_drawings(submission).pending)
        self._stored_at[submission.ref] = time.monotonic()

    def record_completed(self) -> None:
        completed = Drawing.objects.filter(owner=self._owner, status="recognized")
        for ref in completed.values_list("ref", flat=True):
            self.waited_s.setdefault(ref, time.monotonic() - self._stored_at[ref])

    @property
    def is_waiting(self) -> bool:
        return len(self.waited_s) < len(self._stored_at)


@contextmanager
def _supervised_worker(
    command: list[str], environment: dict[str, str]
) -> Iterator[WorkerSupervisor]:
    supervisor = WorkerSupervisor(command, environment)
    supervisor.restart_if_dead()
    try:
        yield supervisor
    finally:
        supervisor.stop()


@pytest.fixture
def publisher(valkey: BrokerProcess) -> Iterator[BatchPublisher]:
    publisher = BatchPublisher()
    yield publisher
    publisher.close()


@pytest.mark.timeout(180)
def test_poison_drawing_fails_and_others_are_recognized(
    process_env: dict[str, str],
    publisher: BatchPublisher,
    owner: User,
    outsider: User,
    print_metric: PrintMetric,
) -> None:
    poison, later = make_submission(owner, ink=POISON), NextDrawings(outsider, publisher)
    others = [make_submission(owner, ink=load_ink(3)) for _ in range(127)]
    publisher.add(store_drawings(poison, *others).pending)
    environment = process_env | {"DJANGO_SETTINGS_MODULE": "digitsite.settings"}
    python = [sys.executable, "-W", "ignore"]
    with (
        _supervised_worker([*python, "-c", WORKER], environment) as worker,
        _supervised_worker([*python, "manage.py", "sweep"], environment),
    ):
        is_done = _is_complete(owner, worker, later)
        wait_until(is_done, within_s=90, what="every drawing is complete")
    assert_consistent(str(connection.settings_dict["NAME"]), failed=[str(poison.ref)])
    failed = Drawing.objects.get(status="failed")
    assert (failed.error, failed.attempts) == ("worker_died", 3)
    assert worker.deaths == 3
    slowest_s = max(later.waited_s.values())
    print_metric(f"the slowest of {len(later.waited_s)} later drawings waited {slowest_s:.1f} s")
    assert slowest_s <= deadline(MAX_NEXT_DRAWING_WAIT_S)


def _is_complete(owner: User, worker: WorkerSupervisor, later: NextDrawings) -> Callable[[], bool]:
    """Return a check for completion. While it fails, the second user keeps drawing."""

    def is_done() -> bool:
        worker.restart_if_dead()
        later.record_completed()
        if Drawing.objects.filter(owner=owner, status="queued").exists():
            later.draw()
            return False
        return not later.is_waiting

    return is_done
