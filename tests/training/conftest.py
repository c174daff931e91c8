"""Fixtures of training runs."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from recognizer.models import Snapshot, User
from recognizer.snapshots.build import build_snapshot
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user
from tests.training.fork_server import ForkServer


@pytest.fixture
def teaching_users(db: None) -> list[User]:
    """Users that are all in training, none in the holdout."""
    return [make_teaching_user(f"pupil{number}", split="training") for number in range(3)]


@pytest.fixture
def snapshot(teaching_users: list[User]) -> Snapshot:
    """Return a snapshot of two digits of three users.

    The ground truth is deleted afterwards, so a new snapshot would be empty.
    """
    drawings = [make_labelled_drawing(user, value) for user in teaching_users for value in (1, 4)]
    snapshot = build_snapshot(by=None)
    for drawing in drawings:
        drawing.ground_truth.delete()
    return snapshot


@pytest.fixture(scope="session")
def fork_servers() -> Iterator[list[ForkServer]]:
    started: list[ForkServer] = []
    yield started
    for fork_server in started:
        fork_server.close()


@pytest.fixture
def fork_server(process_env: dict[str, str], fork_servers: list[ForkServer]) -> ForkServer:
    """Return the fork server of the session. Loading takes longer than all trainers together."""
    if not fork_servers:
        fork_servers.append(ForkServer(process_env))
    return fork_servers[0]


@pytest.fixture
def runs_folder() -> Iterator[Path]:
    """Return the empty directory of checkpoints. It is deleted afterwards."""
    folder = Path(settings.STATE_DIR) / "runs"
    shutil.rmtree(folder, ignore_errors=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
