"""Trainers for tests: start one for a run, and see what becomes of the run."""

import uuid
from collections.abc import Callable

from recognizer.models import RunEvent, TrainingRun
from recognizer.training.lease import expire_lease
from tests.fixtures.site_process import wait_until
from tests.training.fork_server import ForkedTrainer, ForkServer


def start_trainer(fork_server: ForkServer, run: TrainingRun) -> ForkedTrainer:
    """A trainer; when it dies, its worker frees the run, which `bury` does here."""
    run.lease = uuid.uuid4()
    return fork_server.start(run.pk, run.lease)


def reap_trainer(run: TrainingRun, child: ForkedTrainer) -> int:
    """Wait for its end and do what its worker does then; its exit status."""
    status = child.wait()
    assert run.lease
    expire_lease(run.pk, lease=run.lease)
    run.refresh_from_db()
    return status


def train_to_end(fork_server: ForkServer, run: TrainingRun) -> int:
    """From start to end, undisturbed."""
    return reap_trainer(run, start_trainer(fork_server, run))


def wait_for(run: TrainingRun, is_so: Callable[[TrainingRun], bool], what: str) -> None:
    def look() -> bool:
        run.refresh_from_db()
        return is_so(run)

    wait_until(
        look, within_s=60, what=lambda: f"{what}: {run.status} {run.progress} {run_log(run)}"
    )


def run_log(run: TrainingRun) -> list[str]:
    return [event.body["text"] for event in RunEvent.objects.filter(run=run, kind="log")]


def run_epochs(run: TrainingRun) -> list[int]:
    return [event.body["epoch"] for event in RunEvent.objects.filter(run=run, kind="epoch")]
