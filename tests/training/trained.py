"""Trainers for tests: start one for a run, and see what becomes of the run."""

import uuid
from collections.abc import Callable

from recognizer.models import RunEvent, TrainingRun
from recognizer.training.lease import end_lease
from tests.fixtures.site_process import wait_until
from tests.training.nursery import Child, Nursery


def start(nursery: Nursery, run: TrainingRun) -> Child:
    """A trainer; when it dies, its worker frees the run, which `bury` does here."""
    run.lease = uuid.uuid4()
    return nursery.start(run.pk, run.lease)


def bury(run: TrainingRun, child: Child) -> int:
    """Wait for its end and do what its worker does then; its exit status."""
    status = child.wait()
    assert run.lease
    end_lease(run.pk, lease=run.lease)
    run.refresh_from_db()
    return status


def train(nursery: Nursery, run: TrainingRun) -> int:
    """From start to end, undisturbed."""
    return bury(run, start(nursery, run))


def wait_for(run: TrainingRun, is_so: Callable[[TrainingRun], bool], what: str) -> None:
    def look() -> bool:
        run.refresh_from_db()
        return is_so(run)

    wait_until(look, within_s=60, what=lambda: f"{what}: {run.status} {run.progress} {log_of(run)}")


def log_of(run: TrainingRun) -> list[str]:
    return [event.body["text"] for event in RunEvent.objects.filter(run=run, kind="log")]


def epochs_of(run: TrainingRun) -> list[int]:
    return [event.body["epoch"] for event in RunEvent.objects.filter(run=run, kind="epoch")]
