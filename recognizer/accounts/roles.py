"""Roles of users: reviewer and admin."""

from typing import Final

from django.contrib.auth.models import Group
from django.db import transaction

from recognizer.accounts.admin_email import list_admins
from recognizer.base_errors import DomainError
from recognizer.models import User
from recognizer.review.ground_truth import rederive_ground_truths

ROLES: Final = ("reviewer", "admin")


class CannotSetRole(DomainError):
    """The role does not exist, the user is a guest, or the site would have no admin left."""


def grant_role(*, user: User, role: str) -> None:
    """Add a user to the group of a role. Raises CannotSetRole."""
    if user.is_guest:
        raise CannotSetRole("Guests have no roles. The visitor has to choose a username first.")
    user.groups.add(_role_group(role))
    sync_role_flags(user)


def revoke_role(*, user: User, role: str) -> None:
    """Remove a role from a user. Raises CannotSetRole if no admin would be left."""
    with transaction.atomic():
        user.groups.remove(_role_group(role))
        if role == "admin" and not list_admins().exists():
            raise CannotSetRole("The site needs at least one admin.")
    sync_role_flags(user)


def sync_role_flags(user: User) -> None:
    """Update the data that depends on the roles of a user, after a change of roles.

    Django's `is_staff` and `is_superuser` follow the admin role. Reviews count only while the user
    is a reviewer.
    """
    user.forget_roles()
    user.is_staff = user.is_superuser = "admin" in user.granted_roles
    user.save(update_fields=["is_staff", "is_superuser"])
    rederive_ground_truths(user)


def _role_group(role: str) -> Group:
    if role not in ROLES:
        raise CannotSetRole(f"There is no role {role!r}. There are: {', '.join(ROLES)}.")
    return Group.objects.get_or_create(name=role)[0]
