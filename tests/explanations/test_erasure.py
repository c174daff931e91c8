"""Nothing is left of explanations of what is erased."""

import pytest

from recognizer.accounts.deletion import delete_account
from recognizer.explanations import cache
from recognizer.explanations.subjects import drawing_subject, example_subject
from recognizer.models import User
from tests.fixtures.broker_process import BrokerProcess
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def teaching_user() -> User:
    return make_teaching_user("pupil")


def test_with_an_account_go_explanations_of_its_drawings_and_no_others(
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


def test_an_account_ends_while_the_broker_is_away(
    teaching_user: User, valkey: BrokerProcess
) -> None:
    make_labelled_drawing(teaching_user, 7)
    valkey.kill()
    delete_account(user=teaching_user)
    assert not User.objects.filter(pk=teaching_user.pk).exists()
