"""A drawing that kills every worker that looks at it, among 127 others."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from recognizer.intake.publisher import Publisher
from recognizer.models import Drawing, User
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.site_process import ROOT, wait_until
from tests.way.drawing import ink_of, store, submission

POISON = "[[[66666,66666]]]"
WORKER = """
import os
from workers.app import app
from workers import answering

rasterize = answering.rasterize
def die(strokes):
    return os._exit(9) if strokes[0][0][0] == 66666 else rasterize(strokes)
answering.rasterize = die
app.worker_main(["worker", "--pool", "solo", "-Q", "recognition", "--without-gossip",
                 "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"])
"""


class Keeper:
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
            self._process.wait(20)


@contextmanager
def _kept(command: list[str], environment: dict[str, str]) -> Iterator[Keeper]:
    keeper = Keeper(command, environment)
    keeper.look()
    try:
        yield keeper
    finally:
        keeper.stop()


@pytest.mark.timeout(180)
def test_it_fails_after_three_attempts_and_all_others_are_answered(
    valkey: BrokerProcess, process_env: dict[str, str], owner: User
) -> None:
    poison = submission(owner, ink=POISON)
    jobs = store(poison, *(submission(owner, ink=ink_of(3)) for _ in range(127))).jobs
    publisher = Publisher()
    publisher.add(jobs)
    publisher.close()
    environment = process_env | {"DJANGO_SETTINGS_MODULE": "digitsite.settings"}
    python = [sys.executable, "-W", "ignore"]
    with (
        _kept([*python, "-c", WORKER], environment) as worker,
        _kept([*python, "manage.py", "sweep"], environment),
    ):

        def is_done() -> bool:
            worker.look()
            return not Drawing.objects.filter(status="queued").exists()

        wait_until(is_done, within_s=90, what="every drawing has its answer")
    assert Drawing.objects.filter(status="recognized").count() == 127
    failed = Drawing.objects.get(status="failed")
    assert (failed.ref, failed.error, failed.attempts) == (poison.ref, "worker_died", 3)
    assert worker.deaths == 3
