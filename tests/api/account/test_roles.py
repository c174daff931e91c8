"""The command set_role, and what roles are."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from recognizer.accounts.services import CannotSetRole, grant_role
from recognizer.models import User

pytestmark = pytest.mark.django_db


def _set_role(*arguments: str) -> str:
    out = StringIO()
    call_command("set_role", *arguments, stdout=out)
    return out.getvalue().strip()


def _reload(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_it_makes_a_reviewer(owner: User) -> None:
    assert _set_role("owner", "reviewer") == "owner is now a reviewer."
    found = _reload(owner)
    assert (found.is_reviewer, found.is_admin, found.is_staff) == (True, False, False)


def test_it_makes_an_admin_who_may_what_a_reviewer_may(owner: User) -> None:
    assert _set_role("owner", "admin") == "owner is now an admin."
    found = _reload(owner)
    assert (found.is_reviewer, found.is_admin, found.is_staff) == (True, True, True)


def test_it_takes_a_role_away(owner: User, admin: User) -> None:
    _set_role("owner", "admin")
    assert _set_role("owner", "admin", "--revoke") == "owner is no longer an admin."
    found = _reload(owner)
    assert (found.is_admin, found.is_staff) == (False, False)


def test_a_superuser_who_is_no_longer_an_admin_is_none(owner: User, admin: User) -> None:
    _set_role("owner", "admin")
    assert _set_role("admin", "admin", "--revoke") == "admin is no longer an admin."
    found = _reload(admin)
    assert (found.is_admin, found.is_staff, found.is_superuser) == (False, False, False)


def test_a_role_granted_twice_is_granted_once(owner: User) -> None:
    _set_role("owner", "reviewer")
    _set_role("owner", "reviewer")
    assert owner.groups.count() == 1


def test_the_last_admin_stays_one(owner: User) -> None:
    _set_role("owner", "admin")
    with pytest.raises(CommandError, match=r"Somebody must remain an admin\."):
        _set_role("owner", "admin", "--revoke")
    assert _reload(owner).is_admin


@pytest.mark.parametrize("arguments", [["nobody", "admin"], ["owner", "king"], ["owner"]])
def test_it_says_what_is_wrong(owner: User, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        _set_role(*arguments)


def test_there_are_no_other_roles(owner: User) -> None:
    with pytest.raises(CannotSetRole, match="reviewer, admin"):
        grant_role(user=owner, role="king")
    assert owner.groups.count() == 0
