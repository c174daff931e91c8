"""A process that loads all modules and base data once, and forks training processes.

Each child runs `workers.training.training_process_main.main`, as `python -m
workers.training.start_training_process_task` does. Lines in: `RUN LEASE`; lines out: `started PID`,
`ended PID STATUS`.
"""

import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
SMALL_TRAINING_SETTINGS = {
    "REHEARSAL_SAMPLES_PER_EPOCH": "100",
    "TRAINING_MAX_ATTEMPTS": "20",
    "OMP_NUM_THREADS": "1",
}
NUM_REHEARSAL_DRAWINGS, NUM_SYNTHETIC_DRAWINGS = 300, 20


class ForkedTrainer:
    """A forked training process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.status: int | None = None

    def is_running(self) -> bool:
        return self.status is None

    def kill(self) -> None:
        psutil.Process(self.pid).kill()

    def terminate(self) -> None:
        psutil.Process(self.pid).terminate()

    def wait(self, within_s: float = 60) -> int:
        """Return the exit status, negative for a signal."""
        wait_until(lambda: self.status is not None, within_s=within_s, what="the trainer ends")
        assert self.status is not None
        return self.status


class ForkServer:
    """The server process. Start children one after the other."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.training.fork_server"],
            cwd=ROOT,
            env={
                **environment,
                **SMALL_TRAINING_SETTINGS,
                "DJANGO_SETTINGS_MODULE": "digitsite.settings",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._children: dict[int, ForkedTrainer] = {}
        self._started = threading.Condition()
        self._newest: ForkedTrainer | None = None
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def start(self, run_id: object, lease: uuid.UUID) -> ForkedTrainer:
        assert self._process.stdin
        with self._started:
            self._newest = None
            self._process.stdin.write(f"{run_id} {lease}\n")
            self._process.stdin.flush()
            assert self._started.wait_for(lambda: self._newest is not None, timeout=deadline(90))
            assert self._newest
            return self._newest

    def close(self) -> None:
        assert self._process.stdin
        for child in self._children.values():
            if child.is_running():
                child.kill()
        self._process.stdin.close()
        self._process.wait(deadline(20))
        self._listener.join(deadline(5))
        assert self._process.stdout
        self._process.stdout.close()

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            word, pid, *status = line.split()
            if word == "started":
                with self._started:
                    self._newest = self._children[int(pid)] = ForkedTrainer(int(pid))
                    self._started.notify_all()
            else:
                self._children[int(pid)].status = os.waitstatus_to_exitcode(int(status[0]))


def _preload() -> None:
    """Load what a training process needs, with few synthetic drawings, made once."""
    import_module("workers.training.retraining_run")
    training_process: Any = import_module("workers.training.training_process_main")
    training_process.MAX_NICE = os.nice(0)  # at nice 19 it gets no time next to other tests
    rehearsal: Any = import_module("ml.retraining.rehearsal_data")
    retraining: Any = import_module("ml.retraining.retrain")
    evaluate_task: Any = import_module("workers.comparison.evaluate_task")
    model_report: Any = import_module("ml.evaluation.model_card_sections")
    evaluation_sets: Any = import_module("ml.evaluation.evaluation_sets")
    rehearsal.NUM_SYNTHETIC_DIGITS = NUM_REHEARSAL_DRAWINGS
    retraining.load_rehearsal_data = cache(rehearsal.load_rehearsal_data)
    retraining.load_rehearsal_data("synthetic")
    evaluate_task.load_holdout_sets = cache(evaluate_task.load_holdout_sets)
    evaluate_task.load_published_test_sets = list
    model_report.find_report_set = lambda: "synthetic"
    evaluation_sets.NUM_REPORT_DIGITS = NUM_SYNTHETIC_DRAWINGS


def _fork(arguments: list[str]) -> None:
    from workers.training.training_process_main import main

    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            status = main(arguments)
        finally:
            os._exit(status)
    _send_line("started", pid)
    threading.Thread(target=lambda: _send_line("ended", *os.waitpid(pid, 0))).start()


def _send_line(*words: object) -> None:
    os.write(1, f"{' '.join(map(str, words))}\n".encode())


if __name__ == "__main__":
    import workers.training.start_training_process_task  # noqa: F401 - calls django.setup()

    _preload()
    for line in sys.stdin:
        _fork(line.split())
