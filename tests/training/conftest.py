"""What runs are made of."""

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
    """People of whom nobody is kept for the holdout."""
    return [make_teaching_user(f"pupil{number}", split="training") for number in range(3)]


@pytest.fixture
def snapshot(teaching_users: list[User]) -> Snapshot:
    """Two digits of three people; afterwards nothing is agreed any more, so that a set made now
    would be empty."""
    drawings = [
        make_labelled_drawing(person, value) for person in teaching_users for value in (1, 4)
    ]
    made = build_snapshot(by=None)
    for drawing in drawings:
        drawing.ground_truth.delete()
    return made


@pytest.fixture(scope="session")
def fork_servers() -> Iterator[list[ForkServer]]:
    started: list[ForkServer] = []
    yield started
    for fork_server in started:
        fork_server.close()


@pytest.fixture
def fork_server(process_env: dict[str, str], fork_servers: list[ForkServer]) -> ForkServer:
    """One for the session: loading takes longer than all its trainers together."""
    if not fork_servers:
        fork_servers.append(ForkServer(process_env))
    return fork_servers[0]


@pytest.fixture
def runs_folder() -> Iterator[Path]:
    """Where trainers keep what they saved; empty, and gone afterwards."""
    folder = Path(settings.STATE_DIR) / "runs"
    shutil.rmtree(folder, ignore_errors=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
