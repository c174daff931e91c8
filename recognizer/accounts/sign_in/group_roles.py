"""Roles from the groups that an OpenID Connect provider reports at each sign-in."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from recognizer.accounts.roles import CannotSetRole, grant_role, revoke_role
from recognizer.models import User

log = logging.getLogger(__name__)

Claims = Mapping[str, Any]


def apply_groups(*, user: User, claims: Sequence[Claims]) -> None:
    """Grant and revoke the roles that have groups in the settings; the others stay as they are.

    `claims` are the userinfo response and the ID token. A user without the claim is in no group.
    """
    groups = {group for source in claims for group in read_groups(source)}
    for role, role_groups in settings.OIDC_ROLE_GROUPS.items():
        belongs = not groups.isdisjoint(role_groups)
        if belongs == (role in user.granted_roles):
            continue
        try:
            (grant_role if belongs else revoke_role)(user=user, role=role)
        except CannotSetRole as error:  # the last admin stays one
            log.warning("The role %s of %s stays: %s", role, user.get_username(), error)


def read_groups(claims: Claims) -> list[str]:
    """Return the groups of the claim OIDC_GROUPS_CLAIM: a list, or one name.

    A name with dots, as in `realm_access.roles`, may lead through nested objects.
    """
    name = settings.OIDC_GROUPS_CLAIM
    value: Any = claims.get(name)
    if value is None:
        value = claims
        for key in name.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return [value]
    return [group for group in value if isinstance(group, str)] if isinstance(value, list) else []
