"""What runs are made of."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from recognizer.models import Snapshot, User
from recognizer.snapshots import build_snapshot
from tests.snapshots.agreed import agreed, teacher
from tests.training.nursery import Nursery


@pytest.fixture
def pupils(db: None) -> list[User]:
    """People of whom nobody is kept for the holdout."""
    return [teacher(f"pupil{number}", split="training") for number in range(3)]


@pytest.fixture
def snapshot(pupils: list[User]) -> Snapshot:
    """Two digits of three people; afterwards nothing is agreed any more, so that a set made now
    would be empty."""
    drawings = [agreed(person, value) for person in pupils for value in (1, 4)]
    made = build_snapshot(by=None)
    for drawing in drawings:
        drawing.ground_truth.delete()
    return made


@pytest.fixture(scope="session")
def nurseries() -> Iterator[list[Nursery]]:
    started: list[Nursery] = []
    yield started
    for nursery in started:
        nursery.close()


@pytest.fixture
def nursery(process_env: dict[str, str], nurseries: list[Nursery]) -> Nursery:
    """One for the session: loading takes longer than all its trainers together."""
    if not nurseries:
        nurseries.append(Nursery(process_env))
    return nurseries[0]


@pytest.fixture
def runs_folder() -> Iterator[Path]:
    """Where trainers keep what they saved; empty, and gone afterwards."""
    folder = Path(settings.HOME) / "runs"
    shutil.rmtree(folder, ignore_errors=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
