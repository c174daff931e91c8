"""Nothing is left of explanations of what is erased."""

import pytest

from recognizer.accounts import delete_account
from recognizer.explaining import drawing_subject, keeping
from recognizer.models import User
from tests.fixtures.broker_process import BrokerProcess
from tests.snapshots.agreed import agreed, teacher

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil() -> User:
    return teacher("pupil")


def test_with_an_account_go_explanations_of_its_drawings_and_no_others(
    pupil: User, valkey: BrokerProcess
) -> None:
    erased, other = agreed(pupil, 7), agreed(teacher("bert"), 6)
    subjects = (drawing_subject(erased), drawing_subject(other), "example:7")
    keys = [keeping.key_of(subject, "prediction", "0") for subject in subjects]
    for key in keys:
        keeping.keep_explanation(key, "{}")
    delete_account(user=pupil)
    assert [keeping.look_up(key).text for key in keys] == ["", "{}", "{}"]


def test_an_account_ends_while_the_broker_is_away(pupil: User, valkey: BrokerProcess) -> None:
    agreed(pupil, 7)
    valkey.kill()
    delete_account(user=pupil)
    assert not User.objects.filter(pk=pupil.pk).exists()
