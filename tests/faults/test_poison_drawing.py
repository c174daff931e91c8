"""A drawing that kills every worker that looks at it, among 127 others."""

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
from workers import recognize

answer_jobs = recognize.answer_jobs
def die(claims):
    is_poisoned = any(claim.strokes[0][0][0] == 66666 for claim in claims)
    return os._exit(9) if is_poisoned else answer_jobs(claims)
recognize.answer_jobs = die
app.worker_main(["worker", "--pool", "solo", "-Q", "recognition", "--without-gossip",
                 "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"])
"""
NEXT_DRAWING_INTERVAL_S = 0.25
MAX_NEXT_DRAWING_WAIT_S = 10.0


class WorkerSupervisor:
    """Starts a process, and again whenever it has died; counts how often that was."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._command, self._environment = command, environment
        self.deaths = -1
        self._process: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        if self._process is None or self._process.poll() is not None:
            self.deaths += 1
            self._process = subprocess.Popen(self._command, cwd=ROOT, env=self._environment)

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(deadline(20))


class NextDrawings:
    """Somebody who goes on drawing meanwhile; how long each drawing waited for its answer."""

    def __init__(self, owner: User, publisher: BatchPublisher) -> None:
        self._owner, self._publisher = owner, publisher
        self._stored_at: dict[UUID, float] = {}
        self.waited_s: dict[UUID, float] = {}

    def draw(self) -> None:
        if time.monotonic() - max(self._stored_at.values(), default=0) < NEXT_DRAWING_INTERVAL_S:
            return
        one = make_submission(self._owner, ink=load_ink(5))
        self._publisher.add(store_drawings(one).jobs)
        self._stored_at[one.ref] = time.monotonic()

    def look(self) -> None:
        answered = Drawing.objects.filter(owner=self._owner, status="recognized")
        for ref in answered.values_list("ref", flat=True):
            self.waited_s.setdefault(ref, time.monotonic() - self._stored_at[ref])

    @property
    def waits(self) -> bool:
        return len(self.waited_s) < len(self._stored_at)


@contextmanager
def _supervised_worker(
    command: list[str], environment: dict[str, str]
) -> Iterator[WorkerSupervisor]:
    keeper = WorkerSupervisor(command, environment)
    keeper.look()
    try:
        yield keeper
    finally:
        keeper.stop()


@pytest.fixture
def publisher(valkey: BrokerProcess) -> Iterator[BatchPublisher]:
    publisher = BatchPublisher()
    yield publisher
    publisher.close()


@pytest.mark.timeout(180)
def test_it_fails_after_three_attempts_and_all_others_are_answered(
    process_env: dict[str, str],
    publisher: BatchPublisher,
    owner: User,
    outsider: User,
    print_metric: PrintMetric,
) -> None:
    poison, later = make_submission(owner, ink=POISON), NextDrawings(outsider, publisher)
    publisher.add(
        store_drawings(poison, *(make_submission(owner, ink=load_ink(3)) for _ in range(127))).jobs
    )
    environment = process_env | {"DJANGO_SETTINGS_MODULE": "digitsite.settings"}
    python = [sys.executable, "-W", "ignore"]
    with (
        _supervised_worker([*python, "-c", WORKER], environment) as worker,
        _supervised_worker([*python, "manage.py", "sweep"], environment),
    ):
        is_done = _is_complete(owner, worker, later)
        wait_until(is_done, within_s=90, what="every drawing has its answer")
    assert_consistent(str(connection.settings_dict["NAME"]), failed=[str(poison.ref)])
    failed = Drawing.objects.get(status="failed")
    assert (failed.error, failed.attempts) == ("worker_died", 3)
    assert worker.deaths == 3
    slowest_s = max(later.waited_s.values())
    print_metric(f"of {len(later.waited_s)} next ones the slowest waited {slowest_s:.1f} s")
    assert slowest_s <= deadline(MAX_NEXT_DRAWING_WAIT_S)


def _is_complete(owner: User, worker: WorkerSupervisor, later: NextDrawings) -> Callable[[], bool]:
    """Whether all is answered; until the owner's are, the next ones go on coming."""

    def is_done() -> bool:
        worker.look()
        later.look()
        if Drawing.objects.filter(owner=owner, status="queued").exists():
            later.draw()
            return False
        return not later.waits

    return is_done
