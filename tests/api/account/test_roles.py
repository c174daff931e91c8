"""Roles and the command set_role."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from recognizer.accounts.roles import CannotSetRole, grant_role
from recognizer.models import User

pytestmark = pytest.mark.django_db


def _set_role(*arguments: str) -> str:
    out = StringIO()
    call_command("set_role", *arguments, stdout=out)
    return out.getvalue().strip()


def _reload(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_makes_a_reviewer(owner: User) -> None:
    assert _set_role("owner", "reviewer") == "owner is now a reviewer."
    found = _reload(owner)
    assert (found.is_reviewer, found.is_admin, found.is_staff) == (True, False, False)


def test_admin_has_the_permissions_of_a_reviewer(owner: User) -> None:
    assert _set_role("owner", "admin") == "owner is now an admin."
    found = _reload(owner)
    assert (found.is_reviewer, found.is_admin, found.is_staff) == (True, True, True)


def test_revokes_a_role(owner: User, admin: User) -> None:
    _set_role("owner", "admin")
    assert _set_role("owner", "admin", "--revoke") == "owner is no longer an admin."
    found = _reload(owner)
    assert (found.is_admin, found.is_staff) == (False, False)


def test_revoked_admin_is_no_superuser(owner: User, admin: User) -> None:
    _set_role("owner", "admin")
    assert _set_role("admin", "admin", "--revoke") == "admin is no longer an admin."
    found = _reload(admin)
    assert (found.is_admin, found.is_staff, found.is_superuser) == (False, False, False)


def test_granting_a_role_twice_changes_nothing(owner: User) -> None:
    _set_role("owner", "reviewer")
    _set_role("owner", "reviewer")
    assert owner.groups.count() == 1


def test_role_of_the_last_admin_cannot_be_revoked(owner: User) -> None:
    _set_role("owner", "admin")
    with pytest.raises(CommandError):
        _set_role("owner", "admin", "--revoke")
    assert _reload(owner).is_admin


@pytest.mark.parametrize("arguments", [["nobody", "admin"], ["owner", "king"], ["owner"]])
def test_reports_invalid_arguments(owner: User, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        _set_role(*arguments)


def test_refuses_unknown_roles(owner: User) -> None:
    with pytest.raises(CannotSetRole, match="reviewer, admin"):
        grant_role(user=owner, role="king")
    assert owner.groups.count() == 0
