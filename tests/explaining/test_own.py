"""One's own drawings that taught a network."""

import pytest

from recognizer.explaining import drawing_subject, list_own_lessons, own
from recognizer.models import Drawing, ModelVersion, User
from recognizer.snapshots import build_snapshot
from tests.snapshots.agreed import agreed, learnt_from, teacher

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def pupil() -> User:
    return teacher("pupil", split="training")


@pytest.fixture
def newest(pupil: User) -> ModelVersion:
    """The third network in a row, each fine-tuned from the one before with one drawing more."""
    model = None
    for value in (7, 0, 1):
        agreed(pupil, value)
        model = learnt_from(build_snapshot(by=None), sha256=f"{value}" * 64, base=model)
    assert model
    return model


def test_what_taught_several_times_is_one_lesson(
    newest: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = drawing_subject(Drawing.objects.all()[0])
    assert [one.label for one in list_own_lessons(subject, newest)] == [1, 0, 7]
    monkeypatch.setattr(own, "MOST_OWN", 2)
    assert [one.label for one in list_own_lessons(subject, newest)] == [1, 0]
