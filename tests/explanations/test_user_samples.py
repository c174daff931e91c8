"""Drawings of a user that trained a model."""

import pytest

from recognizer.explanations import user_drawings_in_training_data
from recognizer.explanations.explanation_inputs import drawing_subject
from recognizer.explanations.user_drawings_in_training_data import list_user_training_examples
from recognizer.models import Drawing, ModelVersion, User
from recognizer.snapshots.build import build_snapshot
from tests.snapshots.factories import (
    make_labelled_drawing,
    make_model_trained_on,
    make_teaching_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def teaching_user() -> User:
    return make_teaching_user("pupil", split="training")


@pytest.fixture
def newest_model(teaching_user: User) -> ModelVersion:
    """The third of three models, each fine-tuned from the one before with one more drawing."""
    model = None
    for value in (7, 0, 1):
        make_labelled_drawing(teaching_user, value)
        model = make_model_trained_on(build_snapshot(by=None), sha256=f"{value}" * 64, base=model)
    assert model
    return model


def test_lists_a_repeated_training_example_once(
    newest_model: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = drawing_subject(Drawing.objects.all()[0])
    assert [one.label for one in list_user_training_examples(subject, newest_model)] == [1, 0, 7]
    monkeypatch.setattr(user_drawings_in_training_data, "MAX_EXAMPLES", 2)
    assert [one.label for one in list_user_training_examples(subject, newest_model)] == [1, 0]
