"""Deletion of cached explanations with their drawings."""

import pytest

from recognizer.accounts.deletion import delete_account
from recognizer.explanations import cache
from recognizer.explanations.explanation_inputs import drawing_subject, example_subject
from recognizer.models import User
from tests.fixtures.broker_process import BrokerProcess
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def teaching_user() -> User:
    return make_teaching_user("pupil")


def test_deleting_an_account_deletes_its_explanations(
    teaching_user: User, valkey: BrokerProcess
) -> None:
    erased, other = (
        make_labelled_drawing(teaching_user, 7),
        make_labelled_drawing(make_teaching_user("bert"), 6),
    )
    subjects = (drawing_subject(erased), drawing_subject(other), example_subject(7))
    keys = [cache.build_key(subject, "prediction", "0") for subject in subjects]
    for key in keys:
        cache.save_explanation(key, "{}")
    delete_account(user=teaching_user)
    assert [cache.load_entry(key).text for key in keys] == ["", "{}", "{}"]


def test_deletes_an_account_without_a_broker(teaching_user: User, valkey: BrokerProcess) -> None:
    make_labelled_drawing(teaching_user, 7)
    valkey.kill()
    delete_account(user=teaching_user)
    assert not User.objects.filter(pk=teaching_user.pk).exists()
