"""Helpers that start training processes and wait for their runs."""

import uuid
from collections.abc import Callable

from recognizer.models import RunEvent, TrainingRun
from recognizer.training.run_leases import expire_lease
from tests.fixtures.site_process import wait_until
from tests.training.fork_server import ForkedTrainer, ForkServer


def start_trainer(fork_server: ForkServer, run: TrainingRun) -> ForkedTrainer:
    """Start a process. `reap_trainer` then does what its worker does after its death."""
    run.lease = uuid.uuid4()
    return fork_server.start(run.pk, run.lease)


def reap_trainer(run: TrainingRun, child: ForkedTrainer) -> int:
    """Wait for the process, expire its lease, and return its exit status."""
    status = child.wait()
    assert run.lease
    expire_lease(run.pk, lease=run.lease)
    run.refresh_from_db()
    return status


def train_to_end(fork_server: ForkServer, run: TrainingRun) -> int:
    """Train without interruption and return the exit status."""
    return reap_trainer(run, start_trainer(fork_server, run))


def wait_for(run: TrainingRun, condition: Callable[[TrainingRun], bool], what: str) -> None:
    def is_met() -> bool:
        run.refresh_from_db()
        return condition(run)

    wait_until(
        is_met, within_s=60, what=lambda: f"{what}: {run.status} {run.progress} {run_log(run)}"
    )


def run_log(run: TrainingRun) -> list[str]:
    return [event.body["text"] for event in RunEvent.objects.filter(run=run, kind="log")]


def run_epochs(run: TrainingRun) -> list[int]:
    return [event.body["epoch"] for event in RunEvent.objects.filter(run=run, kind="epoch")]
