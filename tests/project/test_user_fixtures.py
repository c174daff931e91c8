"""The user fixtures: their roles, also after a test that emptied the tables."""

import pytest
from django.contrib.auth.models import Group

from recognizer.models import User


def test_users_have_their_roles(owner: User, outsider: User, reviewer: User, admin: User) -> None:
    assert [user.is_reviewer for user in (owner, outsider, reviewer, admin)] == [
        False,
        False,
        True,
        True,
    ]
    assert [user.is_admin for user in (owner, outsider, reviewer, admin)] == [
        False,
        False,
        False,
        True,
    ]


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("run", ["first", "second"])
def test_groups_exist_after_a_flush(run: str, reviewer: User) -> None:
    assert reviewer.is_reviewer
    assert Group.objects.filter(name="reviewer").exists()
