"""What runs are made of."""

import pytest

from recognizer.models import Snapshot, User
from recognizer.snapshots import build_snapshot
from tests.snapshots.agreed import agreed, teacher


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
        drawing.truth.delete()
    return made
